import json

import h5py
import keras
import numpy as np
import pytest

from amp_net.models import presets
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.presets import preset_folders
from amp_net.storage import half_precision
from amp_net.storage.disk import files

SMALL = {"stages": 1, "channels": 4, "blocks": 1, "measurements": 20, "block_size": 9}


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A preset of this package, as the others take it to be."""
    keras.utils.set_random_seed(1)
    AnyRatioAMPNet(**SMALL).save_to_preset(tmp_path / "base", {"training": {}})
    monkeypatch.setattr(preset_folders, "shipped", lambda kind="amp_net": {"base": tmp_path / "base"})
    return tmp_path / "base"


@pytest.fixture
def part(base, tmp_path, rng):
    """A preset with a Φ and an input layer of its own, and that as the network."""
    trained = AnyRatioAMPNet.from_preset(base)
    network = AnyRatioAMPNet(**SMALL, binary=True)
    network.set_weights(trained.get_weights())
    network.sensing.kernel.assign(rng.choice((-1, 1), (81, 20)) / 9)
    network.stages[0].enter.assign(rng.normal(size=network.stages[0].enter.shape))
    presets.save(network, tmp_path / "part", {}, rest_of="base")
    return tmp_path / "part", network


def damaged(folder, change):
    metadata = json.loads((folder / "metadata.json").read_text())
    change(metadata)
    (folder / "metadata.json").write_text(json.dumps(metadata))


def test_a_preset_holds_only_what_differs_and_is_loaded_whole(part, base):
    folder, network = part
    assert len(half_precision.arrays_of(folder / "model.weights.h5")) == 2
    loaded = AnyRatioAMPNet.from_preset(folder)
    for ours, theirs in zip(loaded.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    np.testing.assert_array_equal(loaded.sensing.matrix, network.sensing.matrix)
    before = AnyRatioAMPNet.from_preset(base)
    np.testing.assert_array_equal(loaded.stages[0].leave, before.stages[0].leave)


def test_other_weights_of_the_base_are_refused(part, base, rng):
    folder, network = part
    network.stages[0].leave.assign(rng.normal(size=network.stages[0].leave.shape))
    network.save_to_preset(base)
    with pytest.raises(
        ValueError, match="the rest is in the preset 'base', which this version of the package"
    ):
        AnyRatioAMPNet.from_preset(folder)


def test_a_damaged_base_is_told(part, base):
    weights = base / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=r"base/model.weights.h5 is damaged"):
        AnyRatioAMPNet.from_preset(part[0])


@pytest.mark.parametrize(
    "rest", ["base", 3, [], {}, {"preset": "../base"}, {"preset": 3}, {"preset": "base", "weights_sha256": 1}]
)
def test_a_base_of_a_stranger_is_refused(rest, part):
    damaged(part[0], lambda metadata: metadata.update(rest_of=rest))
    with pytest.raises(ValueError, match="holds a part of its network"):
        AnyRatioAMPNet.from_preset(part[0])


def test_what_the_base_has_not_is_refused(part):
    folder, _ = part
    weights = folder / "model.weights.h5"
    with h5py.File(weights, "a") as file:
        file["more"] = np.zeros(3, "float32")
    sha256 = files.sha256(weights, 2**20)
    damaged(folder, lambda metadata: metadata.update(weights_sha256=sha256))
    with pytest.raises(ValueError, match="does not fit the model"):
        AnyRatioAMPNet.from_preset(folder)
