"""Presets by address, from a server of this machine."""

import functools
import hashlib
import http.server
import io
import json
import sys
import threading
import types
import zipfile

import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.models.presets import fetched

NAMES = (presets.CONFIG, presets.METADATA, presets.WEIGHTS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "mine"
    model = AMPNet(cs_ratio=4, stages=1, channels=4, block_size=8)
    model.save_to_preset(folder)
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty place to keep what is fetched."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras").mkdir()
    fetched._from_hugging_face.cache_clear()
    return tmp_path / "keras"


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of Hugging Face as its client asks for: what a repository holds, and its files."""

    protocol_version = "HTTP/1.1"
    folder, commit = None, 40 * "a"

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if self.path.startswith("/api/models/owner/name/revision/"):
            siblings = [{"rfilename": each} for each in NAMES]
            told = {"id": "owner/name", "sha": self.commit, "siblings": siblings}
            self.answer(json.dumps(told).encode())
        elif self.path.startswith(f"/api/models/owner/name/tree/{self.commit}"):
            told = [
                {"type": "file", "path": each, "oid": 40 * "b", "size": (self.folder / each).stat().st_size}
                for each in NAMES
            ]
            self.answer(json.dumps(told).encode())
        elif self.path.startswith(f"/owner/name/resolve/{self.commit}/") and name in NAMES:
            self.answer((self.folder / name).read_bytes())
        else:
            self.answer(b"", 404)

    def do_HEAD(self):
        self.do_GET()

    def answer(self, content, status=200):
        self.send_response(status)
        headers = {"Content-Length": len(content), "X-Repo-Commit": self.commit}
        for name, value in {**headers, "ETag": f'"{hashlib.sha1(content).hexdigest()}"'}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class Handler(http.server.SimpleHTTPRequestHandler):
    """Sends half of what is asked for under `/cut/`."""

    def log_message(self, *arguments):
        pass

    def copyfile(self, source, target):
        content = source.read()
        target.write(content[: len(content) // 2] if self.path.startswith("/cut/") else content)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A folder and the address that it has."""
    folder = tmp_path_factory.mktemp("served")
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def zipped(folder, prefix="mine/", **others):
    """The bytes of a `.zip` of a preset, with other content where it is given by a name's first word."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            content = others.get(name.split(".")[0], (folder / name).read_bytes())
            if content is not None:
                archive.writestr(prefix + name, content)
    return buffer.getvalue()


def put(served, name, content):
    """Serves a file, and gives its address with its SHA-256."""
    folder, address = served
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return f"{address}/{name}#sha256={hashlib.sha256(content).hexdigest()}"


def left(home):
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("prefix", "scheme"), [("", "http"), ("mine/", "HTTP"), ("a/b/", "http")])
def test_a_preset_is_fetched_once_and_then_there_without_a_network(prefix, scheme, saved, served, home):
    address = put(served, "good.zip", zipped(saved, prefix)).replace("http", scheme, 1)
    model = AMPNet.from_preset(address)
    for one, other in zip(model.get_weights(), AMPNet.from_preset(saved).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    (served[0] / "good.zip").unlink()
    folder = presets.find(address)
    assert folder.name == "good"
    assert sorted(left(home)) == sorted(folder / name for name in NAMES)
    assert presets.load_metadata(address) == presets.load_metadata(saved)


def test_another_file_than_the_one_that_was_meant_is_refused(saved, served, home):
    address = put(served, "other.zip", zipped(saved))
    with pytest.raises(ValueError, match=r"other\.zip is not what was meant: the SHA-256 of the file"):
        AMPNet.from_preset(address[:-64] + 64 * "0")
    assert not left(home)


def test_an_archive_of_many_members_is_refused_before_they_are_read(saved, served, home):
    buffer = io.BytesIO(zipped(saved))
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(1100):
            archive.writestr(f"{number}", b"")
    with pytest.raises(ValueError, match=r"many\.zip holds no preset.*more members than are read"):
        AMPNet.from_preset(put(served, "many.zip", buffer.getvalue()))
    assert not left(home)


def test_a_download_that_is_cut_leaves_nothing(saved, served, home):
    with pytest.raises(ValueError, match=r"cut/mine\.zip cannot be fetched: .*got only \d+ out of"):
        AMPNet.from_preset(put(served, "cut/mine.zip", zipped(saved)))
    assert not left(home)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("{}/no.zip", "cannot be fetched: 404 -- File not found"),
        # The port of no service.
        ("http://127.0.0.1:1/mine.zip", "cannot be fetched: .*refused"),
        ("http://127.0.0.1:1/ä.zip", "cannot be fetched"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(address, message, served, home):
    with pytest.raises(ValueError, match=message) as error:
        AMPNet.from_preset(f"{address.format(served[1])}#sha256={64 * '0'}")
    assert "\n" not in str(error.value)
    assert not left(home)


@pytest.mark.parametrize("fragment", ["", "#sha256=", "#sha256=0123", f"#md5={64 * '0'}"])
def test_an_address_without_its_sha256_is_refused(fragment):
    for place in ("https://example.org/mine.zip", "hf://owner/name"):
        with pytest.raises(ValueError, match="does not say which SHA-256"):
            AMPNet.from_preset(place + fragment)


@pytest.mark.parametrize(
    "content",
    [
        lambda folder: b"no archive",
        lambda folder: zipped(folder, metadata=None),
        lambda folder: zipped(folder)[:-30],
        lambda folder: zipped(folder, config=bytes(2**24 + 1)),
    ],
)
def test_an_archive_that_holds_no_preset_leaves_nothing(content, saved, served, home):
    with pytest.raises(ValueError, match=r"strange\.zip holds no preset"):
        presets.find(put(served, "strange.zip", content(saved)))
    assert not left(home)


def test_what_would_leave_its_folder_stays_in_it(saved, served, home, tmp_path):
    found = presets.find(put(served, "strange.zip", zipped(saved, "../../")))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(found / name for name in NAMES)


def test_a_network_is_loaded_from_hugging_face(saved, home, monkeypatch):
    asked = []

    def snapshot_download(repository, revision=None, allow_patterns=None):
        asked.append((repository, revision, allow_patterns))
        if repository == "owner/none":
            raise OSError("404 Client Error.\nRepository Not Found")
        return str(saved)

    module = types.SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    digest = presets.load_metadata(saved)["weights_sha256"]
    model = AMPNet.from_preset(f"hf://owner/name@v1#sha256={digest}")
    assert model.config == AMPNet.from_preset(saved).config
    assert asked == [("owner/name", "v1", list(NAMES))]
    for place, message in (
        (f"hf://owner/none#sha256={digest}", "cannot be fetched: 404 Client Error. Repository Not Found"),
        (f"hf://owner/name#sha256={64 * '0'}", r"the SHA-256 of model\.weights\.h5 is not 000"),
        (f"hf://name#sha256={digest}", "names no repository"),
        (f"http://[::1#sha256={digest}", r"http://\[::1 is no address"),
    ):
        with pytest.raises(ValueError, match=message):
            AMPNet.from_preset(place)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ValueError, match=r"pip install 'amp_net\[hf\]'"):
        AMPNet.from_preset(f"hf://owner/other#sha256={digest}")


def test_hugging_faces_own_client_loads_a_network(saved, home, tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs huggingface_hub")
    handler = type("Handler", (Hub,), {"folder": saved})
    digest = presets.load_metadata(saved)["weights_sha256"]
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", address)
        model = AMPNet.from_preset(f"hf://owner/name@main#sha256={digest}")
        with pytest.raises(ValueError, match=r"hf://owner/none cannot be fetched: .*404"):
            AMPNet.from_preset(f"hf://owner/none#sha256={digest}")
        server.shutdown()
    for one, other in zip(model.get_weights(), AMPNet.from_preset(saved).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
