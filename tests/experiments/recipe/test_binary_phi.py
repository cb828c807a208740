import keras
import numpy as np
import pytest

from amp_net.images import to_unit
from amp_net.models import presets
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.inputs import cs_ratios
from experiments.recipe.binary_phi import patterns, training

SMALL = {"stages": 2, "channels": 4, "blocks": 1, "measurements": 20, "block_size": 9}


@pytest.fixture
def trained():
    keras.utils.set_random_seed(1)
    return AnyRatioAMPNet(**SMALL)


def test_the_moment_is_that_of_blocks_turned_every_way(rng, monkeypatch):
    monkeypatch.setattr(patterns, "SCALES", (1,))
    monkeypatch.setattr(patterns, "OFFSETS", ((0, 0), (2, 1)))
    photograph = rng.integers(0, 256, (9, 7), "uint8")
    cut = [photograph[top : top + 3, left : left + 3] for top in (0, 3, 6) for left in (0, 3)]
    cut += [photograph[top : top + 3, left : left + 3] for top in (2, 5) for left in (1, 4)]
    expected = np.zeros((9, 9))
    for block in to_unit(np.array(cut)):
        for turns in range(4):
            for each in (np.rot90(block, turns), np.rot90(block.T, turns)):
                expected += np.outer(each, each)
    np.testing.assert_allclose(patterns.moment_of([photograph], 3), expected, rtol=1e-5)


def test_starts_with_the_stages_of_another_and_patterns_of_its_own(trained, rng):
    rows = rng.choice((-1, 1), (20, 81)).astype("int8")
    network = training.start(trained, rows)
    np.testing.assert_allclose(network.sensing.matrix, rows / 9, rtol=1e-6)
    np.testing.assert_array_equal(network.stages[1].enter, trained.stages[1].enter)
    again = training.start(network, None)
    np.testing.assert_array_equal(again.sensing.matrix, network.sensing.matrix)


def test_patterns_and_residual_blocks_stay_and_the_rest_learns(trained, rng):
    network = training.start(trained, rng.choice((-1, 1), (20, 81)))
    before = {variable.path: np.array(variable) for variable in network.trainable_variables}
    windows = rng.random((2, 18, 18, 1), "float32")
    variables = training.trained_of(network)
    step = training.make_step(network, lambda: windows, keras.optimizers.Adam(1e-2), variables)
    losses = [float(step()) for _ in range(4)]
    assert losses[-1] < losses[0]
    changed = {name for name, values in before.items() if (np.array(values) != _now(network, name)).any()}
    assert changed == {variable.path for variable in variables}
    assert not {name for name in changed if "first_" in name or "second_" in name or "sensing" in name}


def test_the_validation_is_that_of_the_network(trained, rng, monkeypatch):
    monkeypatch.setattr(cs_ratios, "PUBLISHED_MEASUREMENTS", {10: 8, 25: 20})
    photograph = rng.integers(0, 256, (18, 27), "uint8")
    original = to_unit(photograph)[None, ..., None]
    found = training.make_validation(trained, [photograph])()
    for ratio, count in ((10, 8), (25, 20)):
        restored = np.clip(trained.reconstruct(trained.sense(original, count)), 0, 1)
        psnr = -10 * np.log10(np.mean(np.square(restored - original)))
        assert found[f"psnr_{ratio}"] == pytest.approx(psnr, abs=1e-3)


def test_the_shipped_preset_is_of_its_patterns_and_the_stages_of_another():
    network = AnyRatioAMPNet.from_preset("amp_net_any_ratio_binary")
    assert set(np.unique(np.abs(network.sensing.matrix))) == {np.float32(1 / 33)}
    trained = AnyRatioAMPNet.from_preset("amp_net_any_ratio")
    for stage, other in zip(network.stages, trained.stages, strict=True):
        np.testing.assert_array_equal(stage.first[0], other.first[0])
    assert presets.load_metadata("amp_net_any_ratio_binary")["rest_of"]["preset"] == "amp_net_any_ratio"


def _now(network, path):
    return next(np.array(variable) for variable in network.trainable_variables if variable.path == path)
