"""A file that is too large for its kind is refused before it is read."""

import io

import numpy as np
import pytest

from amp_net import images
from amp_net.batch.conversions import RebuildFile
from amp_net.measurements import camera_data, measurement_files
from amp_net.models import presets
from amp_net.models.amp_net import AMPNet
from amp_net.photographs import original_files
from amp_net.storage import arrays, file_sizes, texts, weight_files
from amp_net.storage.disk import files
from amp_net.storage.kept import Kept
from amp_net.training.run_state import RunState
from tests.hostile.seeds import CONFIG, npy

SIZE = 100 * 10**9


@pytest.fixture
def sparse(tmp_path):
    """Makes a file of 100 GB, of which nothing is on the disk."""

    def make(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(SIZE)
        return path

    return make


@pytest.mark.parametrize(
    ("name", "read", "most"),
    [
        ("a.png", images.read, file_sizes.image(images.MAX_PIXELS)),
        ("a.tiff", lambda path: images.read_unchanged(path, 1000), file_sizes.image(1000)),
        ("a.npz", measurement_files.load, file_sizes.measurements(images.MAX_PIXELS)),
        ("a.mat", camera_data.read_array, file_sizes.MATLAB),
        ("a.json", texts.read_json, file_sizes.TEXT),
        ("a.csv", texts.read_csv, file_sizes.TEXT),
        ("model.weights.h5", weight_files.check, file_sizes.WEIGHTS),
        ("Monarch.tif", lambda path: files.sha256(path, original_files.MOST), original_files.MOST),
    ],
)
def test_a_file_that_is_too_large_is_refused_by_its_size(name, read, most, sparse):
    with pytest.raises(ValueError, match=f"{name} has {SIZE} bytes; .* at most {most} are read") as refused:
        read(sparse(name))
    assert "\n" not in str(refused.value)


def test_an_array_with_more_behind_it_is_refused_and_the_rest_is_not_read(sparse):
    """100 GB would not fit into the memory."""
    path = sparse("a.npy")
    with path.open("r+b") as file:
        file.write(npy(np.eye(3)))
    with pytest.raises(ValueError, match=r"a\.npy is damaged"):
        camera_data.read_array(path)
    with path.open("r+b") as file:
        file.truncate(len(npy(np.eye(3))))
    np.testing.assert_array_equal(camera_data.read_array(path), np.eye(3))


class Asked(io.BytesIO):
    """Bytes that keep how many were asked for at once."""

    most = 0

    def read(self, count=-1):
        self.most = max(self.most, count)
        return super().read(count)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_no_more_than_64_kib_are_read_of_an_arrays_header(version):
    file = Asked(b"\x93NUMPY" + bytes([version, 0]) + b"\xff\xff\xff\xff" + bytes(10))
    with pytest.raises(ValueError, match="header"):
        arrays.declared(file)
    assert file.most < 2**16


@pytest.mark.parametrize("name", [presets.CONFIG, presets.METADATA, presets.WEIGHTS])
def test_no_file_of_a_preset_is_read_that_is_too_large(name, sparse, tmp_path):
    AMPNet(**CONFIG).save_to_preset(tmp_path / "mine")
    sparse(f"mine/{name}")
    with pytest.raises(ValueError, match=f"{name} has {SIZE} bytes"):
        AMPNet.from_preset(tmp_path / "mine")


def test_a_trainings_state_is_not_read_that_is_too_large(sparse, tmp_path, caplog):
    sparse("state/step_00000004.json")
    with pytest.raises(ValueError, match=r"No state in .* is whole"):
        RunState(tmp_path / "state", 4).find()
    assert f"step_00000004.json has {SIZE} bytes" in caplog.text


def test_what_is_kept_is_not_read_that_is_too_large(sparse, tmp_path):
    kept = Kept(tmp_path / "kept", 1)
    kept.put("a", b"part")
    (part,) = (tmp_path / "kept").iterdir()
    sparse(f"kept/{part.name}")
    with pytest.raises(ValueError, match=f"has {SIZE} bytes"):
        kept.get("a")


def test_the_commands_know_how_large_files_may_be():
    assert RebuildFile(None, max_pixels=10).largest == file_sizes.measurements(10)


def test_an_archive_of_many_members_is_not_opened(monkeypatch):
    monkeypatch.setattr("zipfile.ZipFile", None)
    with pytest.raises(ValueError, match=r"a\.npz is no measurement file"):
        measurement_files.loads(arrays.ENTRY * 1001, "a.npz")
