import numpy as np
import pytest
import tensorflow as tf

from amp_net.tensorflow.merged import linear_pair
from tests import numpy_network

CHANNELS = {"image": (1, 5, 4), "features": (4, 5, 1)}


@pytest.fixture
def kernels(pair, rng):
    a, b, c = CHANNELS[pair]
    return [tf.constant(rng.normal(size=shape), "float32") for shape in ((3, 3, a, b), (3, 3, b, c))]


@pytest.mark.parametrize("pair", ["image", "features"])
@pytest.mark.parametrize("side", [1, 2, 3, 9])
def test_is_one_convolution_after_the_other_up_to_the_border(pair, side, kernels, rng):
    image = rng.normal(size=(3, side, side, CHANNELS[pair][0])).astype("float32")
    expected = image
    for kernel in kernels:
        expected = numpy_network.conv3x3(expected, kernel.numpy().astype("float64"))
    if pair == "image":
        merged = linear_pair.pair_from_image(image, *kernels, "float32")
    else:
        merged = linear_pair.pair_to_image(tf.constant(image), *kernels)
    np.testing.assert_allclose(merged, expected, atol=1e-4)


@pytest.mark.parametrize("pair", ["image", "features"])
@pytest.mark.parametrize("side", [1, 2, 6, 9])
def test_has_the_gradients_of_one_convolution_after_the_other(pair, side, kernels, rng):
    image = tf.constant(rng.normal(size=(2, side, side, CHANNELS[pair][0])), "float32")

    def separate(image, inner, outer):
        return tf.nn.conv2d(tf.nn.conv2d(image, inner, 1, "SAME"), outer, 1, "SAME")

    def merged(image, inner, outer):
        if pair == "image":
            return linear_pair.pair_from_image(image, inner, outer, "float32")
        return linear_pair.pair_to_image(image, inner, outer)

    gradients = []
    for function in (separate, merged):
        with tf.GradientTape() as tape:
            tape.watch([image, *kernels])
            total = tf.reduce_sum(tf.sin(function(image, *kernels) / 10))
        gradients.append(tape.gradient(total, [image, *kernels]))
    for expected, gradient in zip(*gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4)


def test_bfloat16_does_not_round_the_image(rng):
    """A step of 1/1000 on a bright image is lost in bfloat16, whose steps there are 1/256."""
    image = tf.constant(0.9 + 0.001 * rng.integers(0, 2, (2, 9, 9, 1)), "float32")
    inner = np.zeros((3, 3, 1, 1), "float32")
    inner[1, 1] = 1
    outer = rng.normal(size=(3, 3, 1, 8)).astype("float32")
    # Pixels less their neighbours, so that the result is small and its own rounding too.
    outer[:], outer[1, 1], outer[1, 2] = 0, 1, -1
    inner, outer = tf.constant(inner), tf.constant(outer)
    found = linear_pair.pair_from_image(image, inner, outer, "bfloat16")[:, 2:-2, 2:-2]
    expected = tf.nn.conv2d(image, outer, 1, "SAME")[:, 2:-2, 2:-2]
    np.testing.assert_allclose(tf.cast(found, "float32"), expected, atol=2e-5)
    outer = tf.constant(rng.normal(size=(3, 3, 1, 8)), "float32")
    gradient = []
    for dtype in ("float32", "bfloat16"):
        with tf.GradientTape() as tape:
            tape.watch(image)
            result = tf.reduce_sum(
                tf.cast(linear_pair.pair_from_image(image, inner, outer, dtype), "float32")
            )
        gradient.append(tape.gradient(result, image))
    np.testing.assert_allclose(gradient[1], gradient[0], rtol=0.05, atol=0.3)
