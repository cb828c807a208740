import numpy as np
import pytest

from amp_net import AMPNet, evaluation, reconstruct_image, sense_image
from amp_net.classical.at_operator import Classical
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.measurements import whole_images
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.storage.kept import Kept
from tests.conftest import randomize


def amp_net(rng):
    model = AMPNet(cs_ratio=30, stages=2, channels=4, block_size=9)
    for stage in model.stages:
        randomize(stage, rng, 0.2)
    return model.optimized()


def any_ratio(rng):
    network = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=40, block_size=9)
    for stage in network.stages:
        randomize(stage, rng, 0.1)
    return network.at(30)


@pytest.fixture(params=[amp_net, any_ratio])
def model(request, rng, monkeypatch):
    made = request.param(rng)
    # Two stages see two blocks far, so that nothing at all is lost.
    monkeypatch.setattr(made, "MARGIN", 2)
    return made


@pytest.mark.parametrize(("way", "largest"), [("whole", 5), ("whole", 6), ("whole", 8), ("ensemble", 6)])
def test_tiles_of_any_size_give_the_whole_image(model, way, largest, rng, monkeypatch):
    image = rng.random((9 * 11 - 4, 9 * 9)).astype("float32")
    whole = evaluation.rebuild(model, image, way)
    monkeypatch.setattr(whole_images, "LARGEST", largest)
    np.testing.assert_allclose(evaluation.rebuild(model, image, way), whole, atol=1e-5)
    monkeypatch.setattr(model, "MARGIN", 0)
    assert np.abs(evaluation.rebuild(model, image, way) - whole).max() > 1e-3


def test_an_ensemble_is_the_mean_of_all_turns(model, rng):
    y = np.asarray(model.sense(rng.random((6, 9, 9, 1)).astype("float32"))).reshape(2, 3, -1)
    ((rows, columns, rebuild),) = whole_images.pieces(y, model, "ensemble")
    assert (rows, columns) == (slice(0, 18), slice(0, 27))
    mean = np.mean([np.asarray(model.reconstruct(y[None], turn=turn)) for turn in TURNS], 0)
    np.testing.assert_allclose(rebuild(), mean[0, ..., 0], atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_colours_are_rebuilt_each_by_itself(model, dtype, rng):
    image = rng.integers(0, np.iinfo(dtype).max, (20, 31, 4), dtype)
    restored = reconstruct_image(sense_image(image, model), model)
    assert (restored.shape, restored.dtype) == (image.shape, image.dtype)
    np.testing.assert_array_equal(restored[..., 3], image[..., 3])
    green = reconstruct_image(sense_image(image[..., 1], model), model)
    np.testing.assert_array_equal(restored[..., 1], green)


def test_a_large_image_goes_on_with_the_pieces_that_were_kept(rng, monkeypatch, tmp_path):
    model, image = amp_net(rng), rng.integers(0, 256, (9 * 11 - 4, 9 * 7, 3), "uint8")
    monkeypatch.setattr(whole_images, "LARGEST", 9)
    monkeypatch.setattr(model, "MARGIN", 2)
    measured = sense_image(image, model)
    whole = reconstruct_image(measured, model)
    reconstruct, calls = model.reconstruct, []

    def killed(*arguments, **options):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return reconstruct(*arguments, **options)

    monkeypatch.setattr(model, "reconstruct", killed)
    with pytest.raises(KeyboardInterrupt):
        reconstruct_image(measured, model, kept=Kept(tmp_path / "kept", 1))
    assert len(list((tmp_path / "kept").iterdir())) == 4
    for work, more in ((1, len(calls) + 5), (2, len(calls) + 5 + 9)):
        found = reconstruct_image(measured, model, kept=Kept(tmp_path / "kept", work))
        np.testing.assert_array_equal(found, whole)
        assert len(calls) == more
    Kept(tmp_path / "kept", 1).finish()
    assert not list(tmp_path.iterdir())


def test_models_refuse_ways_that_they_cannot_go(rng):
    classical = Classical.of_matrix(np.eye(9, 81))
    image = rng.random((9, 9)).astype("float32")
    with pytest.raises(ValueError, match="rebuilds images whole or blockwise, not ensemble"):
        evaluation.rebuild(classical, image, "ensemble")
    assert np.isfinite(evaluation.rebuild(classical, image)).all()
    with pytest.raises(ValueError, match="whole or ensemble, not blockwise"):
        evaluation.rebuild(any_ratio(rng), image, "blockwise")
    with pytest.raises(ValueError, match="not 'tiled'"):
        evaluation.rebuild(amp_net(rng), image, "tiled")
