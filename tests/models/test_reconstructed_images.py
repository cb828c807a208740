import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.images.blocks import split
from amp_net.layers.beyond.across_blocks import TURNS, turned
from amp_net.models.any_ratio import AnyRatioAMPNet
from tests import numpy_network
from tests.conftest import randomize

FIELDS = {"cs_ratio": 30, "stages": 3, "channels": 4, "block_size": 9}
ATTENTION = {"initialization_attention": True, "spatial_attention": True, "channel_attention": True}


@pytest.fixture(params=[{}, ATTENTION], ids=["AMP-Net", "AMPA-Net"])
def model(request, rng):
    model = AMPNet(**FIELDS, **request.param)
    for stage in model.stages:
        randomize(stage, rng, 0.2)
    return model


@pytest.fixture
def image(rng):
    return rng.random((18, 27)).astype("float32")


def measured(model, image):
    return np.asarray(model.sense(split(image, 9))).reshape(1, 2, 3, -1)


def test_images_are_those_of_algorithm_3_with_cnns_that_see_all_of_them(model, image):
    restored = model.reconstruct(measured(model, image))
    assert restored.shape == (1, 18, 27, 1)
    expected = numpy_network.image_network(image, model)
    np.testing.assert_allclose(restored[0, ..., 0], expected, rtol=1e-4, atol=1e-4)


def test_the_estimates_are_those_of_the_first_stages(model, image):
    y = measured(model, image)
    found = [*model.estimates(y)]
    assert len(found) == FIELDS["stages"] + 1
    np.testing.assert_allclose(found[-1], model.reconstruct(y), atol=1e-6)
    blocks = [*model.estimates(y[0, 0, :1])]
    np.testing.assert_allclose(blocks[-1], model.reconstruct(y[0, 0, :1]), atol=1e-6)
    start = np.asarray(model.initialization(y[0, 0, :1] / model.sensing.gain))
    np.testing.assert_allclose(blocks[0], start, atol=1e-6)
    np.testing.assert_allclose(found[0][0, :9, :9], start[0], atol=1e-6)
    assert np.abs(np.asarray(blocks[1]) - np.asarray(blocks[2])).max() > 1e-4


def test_an_image_of_one_block_is_that_block(model, image):
    y = measured(model, image)
    alone = model.reconstruct(y[0, 0, :1])
    np.testing.assert_allclose(model.reconstruct(y[:, :1, :1]), alone, atol=1e-5)


def test_optimized_networks_rebuild_the_same_images(model, image):
    y = measured(model, image)
    optimized = model.optimized()
    for turn in (0, 6):
        expected = model.reconstruct(y, turn=turn)
        np.testing.assert_allclose(optimized.reconstruct(y, turn=turn), expected, atol=1e-5)
    assert np.abs(np.asarray(expected) - np.asarray(model.reconstruct(y))).max() > 1e-4


def any_ratio(rng):
    network = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=40, block_size=9)
    for stage in network.stages:
        randomize(stage, rng, 0.1)
    return network


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_of_the_cnns_is_that_of_image_and_sensing_matrix(turn, rng):
    """With Φ turned in its blocks too, y is the same, and so is the turned reconstruction."""
    network, image = any_ratio(rng), rng.random((1, 18, 27, 1)).astype("float32")
    y = np.asarray(network.sense(image, 30))
    found = np.asarray(network.reconstruct(y, turn=turn))
    blocks = np.asarray(network.sensing.kernel).T.reshape(-1, 9, 9, 1)
    network.sensing.kernel.assign(np.asarray(turned(blocks, turn)).reshape(40, 81).T)
    of_turned = turned(y, turn)
    np.testing.assert_allclose(network.sense(np.asarray(turned(image, turn)), 30), of_turned, atol=1e-5)
    np.testing.assert_allclose(turned(found, turn), network.reconstruct(of_turned), atol=1e-4)


def test_at_one_ratio_it_has_the_face_of_an_amp_net(rng, image):
    network = any_ratio(rng)
    at = network.at(cs_ratio=30)
    assert (at.measurements, at.block_size) == (24, 9)
    np.testing.assert_array_equal(at.sensing.matrix, network.sensing.matrix[:24])
    y = measured(at, image)
    np.testing.assert_allclose(y, network.sense(image[None, ..., None], 24), atol=1e-5)
    expected = network.reconstruct(y)
    for model in (at, at.optimized()):
        np.testing.assert_allclose(model.reconstruct(y), expected, atol=1e-5)
    rounded = np.abs(np.asarray(at.optimized("bfloat16").reconstruct(y)) - np.asarray(expected)).max()
    assert 0 < rounded < 0.1


def test_first_rows_of_phi_serve_every_ratio(rng):
    network = any_ratio(rng)
    np.testing.assert_array_equal(network.at(10).sensing.matrix, network.at(25).sensing.matrix[:8])


@pytest.mark.parametrize("ratio", [0, 60, np.nan])
def test_ratios_that_the_network_does_not_hold_are_refused(ratio, rng):
    with pytest.raises(ValueError, match=r"this network takes 1 to 40|must be above 0"):
        any_ratio(rng).at(ratio)


def test_rows_and_columns_that_do_not_fit_are_refused(model, image):
    y = measured(model, image)
    for wrong in (y[0], y[..., :-1], y[:, :0]):
        with pytest.raises(ValueError, match="measurements"):
            model.reconstruct(wrong)
