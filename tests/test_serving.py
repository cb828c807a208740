import asyncio
import importlib.util
import io
import re

import httpx
import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.tensorflow.exchange_formats import export_to
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "serving"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with a small preset and its ONNX file."""
    folder = tmp_path_factory.mktemp("serving")
    AMPNet(cs_ratio=4, stages=1, channels=2).save_to_preset(folder / "preset")
    # A preset's weights are rounded.
    export_to(AMPNet.from_preset(folder / "preset"), "onnx", folder / "images.onnx", images=True)
    return folder


def module(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def server():
    return module("server")


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def outcome(server, body):
    try:
        assert server.measurements(body, 5, 6).shape == (2, 3, 5)
    except server.HTTPException as error:
        return error.status_code
    return 200


def test_nothing_is_lost_under_load(exported, program):
    flags = (f"--preset={exported / 'preset'}", f"--model={exported / 'images.onnx'}")
    done = program(FOLDER / "load.py", *flags, "--clients=4", "--seconds=2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "images wrong: 0, refusals wrong: 0, lost: 0, still in hand: 0, tracebacks: 0" in done.stdout


def test_who_comes_late_is_told(exported, server, monkeypatch):
    """With one place: while one still sends, another is refused; who sends too slowly is refused too."""
    monkeypatch.setattr(server, "AT_ONCE", 1)
    body = saved(np.zeros((1, 2, 43), "float32"))

    async def scene():
        goes_on = asyncio.Event()

        async def slowly():
            yield body[:200]
            await goes_on.wait()
            yield body[200:]

        app = server.make_app(str(exported / "images.onnx"), 4)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://served") as http:
            first = asyncio.create_task(http.post("/reconstruct", content=slowly()))
            await asyncio.sleep(0.01)
            assert (await http.get("/health")).json() == {"measurements": 43, "most_blocks": 4, "in_hand": 1}
            second = await http.post("/reconstruct", content=body)
            assert (second.status_code, second.headers["Retry-After"]) == (503, "1")
            goes_on.set()
            answer = await first
            assert np.load(io.BytesIO(answer.content)).shape == (33, 66)
            goes_on.clear()
            monkeypatch.setattr(server, "SECONDS", 0.01)
            assert (await http.post("/reconstruct", content=slowly())).status_code == 408
            assert (await http.get("/health")).json()["in_hand"] == 0

    asyncio.run(scene())


def test_altered_bodies_are_read_or_refused(server, rng):
    body = saved(rng.random((2, 3, 5), "float32"))
    nested = saved(np.zeros(1, "float32")).replace(b"(1,)", b"(" * 60 + b"1" + b")" * 60)
    np.testing.assert_array_equal(server.measurements(body, 5, 6), np.load(io.BytesIO(body)))
    turned = np.asfortranarray(np.load(io.BytesIO(body)))
    np.testing.assert_array_equal(server.measurements(saved(turned), 5, 6), turned)
    altered = [nested, saved(np.zeros((2, 3, 5), ">f4")), saved(np.array([None])), saved(np.zeros(3, "f,i"))]
    for _ in range(500):
        other = bytearray(body)
        for at in rng.integers(0, len(body), rng.integers(1, 4)):
            other[at] = rng.integers(256)
        altered.append(bytes(other[: rng.integers(len(body) + 1)] if rng.random() < 0.3 else other))
    found = [outcome(server, each) for each in altered]
    assert {*found} - {413} == {200, 400}
    assert found.count(200) < 400


def test_the_example_of_the_guide_runs(exported):
    page = (ROOT / "docs" / "guides" / "serving.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with module("load").started(exported / "images.onnx") as (address, _, _):
        for said, here in (("http://127.0.0.1:8000", address), ("ampa_net_cs25", str(exported / "preset"))):
            assert said in example
            example = example.replace(said, here)
        names = {}
        exec(example, names)
    expected = AMPNet.from_preset(exported / "preset").reconstruct(names["y"][np.newaxis])
    np.testing.assert_allclose(names["image"], expected[0, ..., 0], atol=1e-4)


def test_the_example_of_a_pipeline_of_ones_own_runs(exported, tmp_path, monkeypatch, rng):
    page = (ROOT / "docs" / "guides" / "beam.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconstruct_images.onnx").symlink_to(exported / "images.onnx")
    (tmp_path / "y").mkdir()
    model = AMPNet.from_preset(exported / "preset")
    for rows in (1, 2):
        np.save(tmp_path / "y" / f"{rows}.npy", rng.random((rows, 2, 43), "float32"))
    exec(example, {})
    for path in sorted((tmp_path / "y").glob("?.npy")):
        expected = model.reconstruct(np.load(path)[np.newaxis])[0, ..., 0]
        np.testing.assert_allclose(np.load(f"{path}.image.npy"), expected, atol=1e-4)


def test_what_cannot_be_served_is_told(program, tmp_path):
    (tmp_path / "odd.onnx").write_bytes(b"odd")
    done = program(FOLDER / "server.py", "--model=odd.onnx")
    assert done.returncode == 2
    assert "odd.onnx cannot be served" in done.stderr
    assert "Traceback" not in done.stderr
