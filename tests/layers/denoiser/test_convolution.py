import numpy as np
import pytest

from amp_net.layers import ChannelAffine, Convolution, Threshold, Transform
from tests import numpy_network
from tests.conftest import randomize


@pytest.fixture
def features(rng):
    return rng.normal(size=(2, 6, 5, 4)).astype("float32")


def test_convolution_is_zero_padded_and_has_no_bias(features, rng):
    layer = Convolution(3)
    layer.build(features.shape)
    expected = numpy_network.conv3x3(features, np.asarray(layer.kernel))
    np.testing.assert_allclose(layer(features), expected, rtol=1e-4, atol=1e-5)
    assert len(layer.variables) == 1


def test_transform_is_convolution_affine_relu_convolution(features, rng):
    layer = Transform(4)
    layer.build(features.shape)
    randomize(layer, rng, 0.5)
    expected = numpy_network.transform(features, numpy_network.values(layer))
    np.testing.assert_allclose(layer(features), expected, rtol=1e-4, atol=1e-5)


def test_threshold_is_affine_and_relu(features, rng):
    layer = Threshold()
    layer.build(features.shape)
    randomize(layer, rng)
    w = numpy_network.values(layer)
    expected = np.maximum(features * w["norm/scale"] + w["norm/shift"], 0)
    np.testing.assert_allclose(layer(features), expected, rtol=1e-5, atol=1e-6)


def test_batch_normalisation_is_real(features):
    layer = Threshold("batch", "linear")
    layer.build(features.shape)
    out = np.asarray(layer(features, training=True))
    np.testing.assert_allclose(out.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(out.std((0, 1, 2)), 1, atol=1e-2)
    assert np.abs(layer(features, training=False) - out).max() > 0.01


def test_activation_is_a_choice(features):
    layer = Convolution(4, "affine", "elu")
    layer.build(features.shape)
    out = numpy_network.conv3x3(features, np.asarray(layer.kernel))
    expected = np.where(out > 0, out, np.expm1(np.minimum(out, 0)))
    np.testing.assert_allclose(layer(features), expected, rtol=1e-4, atol=1e-5)


def test_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="affine or batch, not 'layer'"):
        Convolution(4, "layer")


def test_affine_starts_as_identity(features):
    np.testing.assert_array_equal(ChannelAffine()(features), features)
