import numpy as np
import pytest

from amp_net.layers import Initialization, InitializationAttention
from tests.conftest import randomize
from tests.numpy_network import relu, softmax


@pytest.fixture
def measurements(rng):
    return rng.normal(size=(3, 7)).astype("float32")


def test_first_estimate_is_linear_in_the_measurements(rng, measurements):
    layer = Initialization(block_size=4)
    layer.build((None, 7))
    randomize(layer, rng)
    expected = (measurements @ np.asarray(layer.kernel)).reshape(3, 4, 4, 1)
    np.testing.assert_allclose(layer(measurements), expected, rtol=1e-5, atol=1e-6)


def test_attention_weights_the_first_estimate(rng, measurements):
    layer = Initialization(block_size=4, attention=True)
    layer.build((None, 7))
    randomize(layer, rng)
    weights = softmax(relu(measurements) @ np.asarray(layer.attention.kernel))
    expected = (measurements @ np.asarray(layer.kernel) * weights).reshape(3, 4, 4, 1)
    np.testing.assert_allclose(layer(measurements), expected, rtol=1e-4, atol=1e-6)


def test_attention_of_the_papers_text_has_two_layers(rng, measurements):
    layer = InitializationAttention(pixels=16, units=5)
    layer.build((None, 7))
    randomize(layer, rng)
    hidden = relu(measurements @ np.asarray(layer.hidden_kernel))
    expected = softmax(hidden @ np.asarray(layer.kernel))
    np.testing.assert_allclose(layer(measurements), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(np.sum(layer(measurements), -1), 1, rtol=1e-5)
