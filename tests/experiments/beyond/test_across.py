import numpy as np
import pytest

from amp_net import AMPNet, evaluation
from amp_net.images.blocks import split
from experiments.beyond import across_blocks, across_stages
from experiments.beyond.joined_network import JoinedAMPNet


@pytest.mark.parametrize("across", [False, True])
def test_a_correction_sees_beyond_a_block_or_does_not(across, monkeypatch):
    for name, value in {"STEPS": 60, "BATCH": 1, "FEATURES": 8}.items():
        monkeypatch.setattr(across_blocks, name, value)
    originals = np.random.default_rng(5).random((4, 66, 66, 1), "float32")
    cnn = across_blocks.trained_cnn(originals + np.float32(0.1), originals, 33, across)
    image = originals[0, ..., 0] + np.float32(0.1)
    corrected = across_blocks.correct(cnn, image, 33, across)
    assert abs(corrected - originals[0, ..., 0]).mean() < 0.05
    image[:33, :33] = 0
    changed = across_blocks.correct(cnn, image, 33, across) != corrected
    assert changed[:33, :33].any()
    changed[:33, :33] = False
    assert changed.any() == across


def test_stages_see_beyond_a_block_where_the_blocks_are_joined():
    fields = {"cs_ratio": 30, "stages": 2, "channels": 4, "block_size": 9}
    alone, together = AMPNet(**fields), JoinedAMPNet((1, 1), **fields)
    together.set_weights(alone.get_weights())
    image = np.random.default_rng(6).random((20, 23), "float32")
    cut = split(image, 9)
    np.testing.assert_array_equal(together(cut), alone(cut))
    for model, rebuild, across in (
        (alone, evaluation.rebuild_blocks, False),
        (together, across_stages.rebuild_joined, True),
    ):
        changed = image.copy()
        changed[:9, :9] = 0
        differs = rebuild(model, changed) != rebuild(model, image)
        assert differs.shape == image.shape
        assert differs[:9, :9].all()
        assert differs[9:].any() == differs[:9, 9:].any() == across


def test_joined_blocks_train_on():
    windows = np.random.default_rng(8).integers(0, 256, (8, 27, 27, 1), "uint8")
    model = JoinedAMPNet(across_stages.GRID, cs_ratio=30, stages=1, channels=4, block_size=9)
    before = model.get_weights()
    across_stages.train_on(model, windows, 1)
    assert all((was != now).any() for was, now in zip(before, model.get_weights(), strict=True))
