import dataclasses
import json
import re

import cv2
import numpy as np
import pytest

from amp_net import images
from amp_net.models import presets
from amp_net.training.data.own import grey_planes, own_of
from amp_net.training.run import train
from tests.conftest import ROOT
from tests.small_configs import SMALL as CONFIG
from tests.training.small_run import KilledError, kill_at_step, losses


def smooth(rng, shape, dtype="uint8"):
    image = cv2.resize(rng.integers(0, 256, (6, 7, *shape[2:])).astype("uint8"), shape[1::-1])
    return image if dtype == "uint8" else image.astype("uint16") * 257


@pytest.fixture
def folder(tmp_path, rng):
    place = tmp_path / "mine"
    for number in range(4):
        images.write(place / f"{number}.png", smooth(rng, (50, 60, 3)[: 2 + number % 2], "uint8"))
    images.write(place / "sub" / "deep.png", smooth(rng, (40, 40), "uint16"))
    np.save(place / "floats.npy", smooth(rng, (45, 45)) * 4.0)
    return place


@pytest.fixture
def config(folder):
    return dataclasses.replace(CONFIG, data=str(folder), data_range=[0, 1020], steps=6)


def test_a_folder_is_trained_on_and_known_again(config, folder, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        kill_at_step(patch, 4)
        with pytest.raises(KilledError):
            train(config, tmp_path / "run", verbose=0)
    rows = json.loads((tmp_path / "run" / "photographs.json").read_text())["mine"]
    assert [row["image"] for row in rows] == [*(f"{n}.png" for n in range(4)), "floats.npy", "sub/deep.png"]
    assert [row["range"] for row in rows] == [*[""] * 4, "0,1020", ""]
    recorded = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (recorded["data"], recorded["data_range"]) == ("mine", [0, 1020])
    before = images.read(folder / "0.png")
    images.write(folder / "0.png", 255 - before)
    images.write(folder / "new.png", before)
    message = r"photographs of mine are not .* \(0\.png is another, new\.png is new\); put them back, or"
    with pytest.raises(ValueError, match=message):
        train(config, tmp_path / "run", verbose=0)
    (folder / "new.png").replace(folder / "0.png")
    # They may lie elsewhere.
    folder.rename(tmp_path / "mine too")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine too").rename(tmp_path / "elsewhere" / "mine")
    moved = dataclasses.replace(config, data=str(tmp_path / "elsewhere" / "mine"))
    train(moved, tmp_path / "run", verbose=0)
    assert len(losses(tmp_path / "run")) == 2
    made = presets.load_metadata(tmp_path / "run" / "best")["training"]
    assert made["data_sha256"] == recorded["data_sha256"]


def test_photographs_may_be_given(tmp_path, rng, tf):
    stack = np.stack([smooth(rng, (40, 45, 1)).reshape(40, 45, 1) for _ in range(6)])
    config = dataclasses.replace(CONFIG, steps=3)
    train(config, tmp_path / "run", verbose=0, photographs=tf.data.Dataset.from_tensor_slices(stack))
    recorded = json.loads((tmp_path / "run" / "config.json").read_text())
    assert recorded["data"] == "given photographs"
    train(config, tmp_path / "run", verbose=0, photographs=[image[..., 0] for image in stack])
    with pytest.raises(ValueError, match=r"photograph 5 is missing\); put them back"):
        train(config, tmp_path / "run", verbose=0, photographs=stack[:5])
    with pytest.raises(ValueError, match="holds a training with another data"):
        train(config, tmp_path / "run", verbose=0)


def test_planes_are_of_8_bits_and_small_photographs_are_told(folder, config, caplog, rng):
    images.write(folder / "small.png", smooth(rng, (32, 60)))
    planes = grey_planes(own_of(config.data, config.data_range), 33)
    assert [plane.shape for plane in planes] == [(50, 60)] * 4 + [(45, 45), (40, 40)]
    assert {plane.dtype.name for plane in planes} == {"uint8"}
    np.testing.assert_array_equal(planes[1], images.luminance(images.read(folder / "1.png")))
    np.testing.assert_array_equal(planes[4], np.load(folder / "floats.npy") / 4)
    np.testing.assert_array_equal(planes[5], images.read_unchanged(folder / "sub" / "deep.png") // 257)
    assert "smaller than a block of 33×33 pixels: small.png." in caplog.text
    with pytest.raises(ValueError, match=r"All photographs are smaller than a block of 64×64 .* larger ones"):
        grey_planes(own_of(config.data, config.data_range), 64)


def test_a_range_for_a_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match="and samples is a set, or no folder; leave it out"):
        train(dataclasses.replace(CONFIG, data_range=[0, 9]), tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_the_example_of_the_guide_runs(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "guides" / "python.md").read_text(encoding="utf-8")
    (example,) = [
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "photographs=" in block
    ]
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example, names)
    assert (names["preset"] / "config.json").is_file()
