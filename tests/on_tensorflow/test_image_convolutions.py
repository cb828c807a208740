import numpy as np
import pytest
import tensorflow as tf

from amp_net.tensorflow.merged import image_convolutions, linear_pair
from tests import numpy_network


@pytest.mark.parametrize("side", [1, 2, 3, 9])
def test_from_an_image_is_one_convolution_after_the_other(side, rng):
    image = rng.normal(size=(3, side, side, 1)).astype("float32")
    inner, outer = (rng.normal(size=shape) for shape in ((3, 3, 1, 5), (3, 3, 5, 4)))
    expected = numpy_network.conv3x3(numpy_network.conv3x3(image, inner), outer)
    taps = linear_pair.merged_taps(*(tf.constant(kernel, "float32") for kernel in (inner, outer)))
    kernel = image_convolutions.kernel_from_image(taps)
    found = image_convolutions.convolved_from_image(tf.constant(image), kernel, "float32")
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("side", [1, 2, 3, 9])
def test_the_way_back_is_the_transpose(side, rng):
    kernels = (tf.constant(rng.normal(size=shape), "float32") for shape in ((3, 3, 1, 5), (3, 3, 5, 4)))
    taps = linear_pair.merged_taps(*kernels)
    image = tf.constant(rng.normal(size=(3, side, side, 1)), "float32")
    features = tf.constant(rng.normal(size=(3, side, side, 4)), "float32")
    there = image_convolutions.from_image(image, taps, "float32")
    back = image_convolutions.to_image(features, image_convolutions.turned(taps))
    np.testing.assert_allclose(tf.reduce_sum(there * features), tf.reduce_sum(image * back), atol=5e-3)


def test_bfloat16_does_not_round_the_image(rng):
    """A step of 1/1000 on a bright image is lost in bfloat16, whose steps there are 1/256."""
    image = tf.constant(0.9 + 0.001 * rng.integers(0, 2, (2, 9, 9, 1)), "float32")
    # Pixels less their neighbours, so that the result is small and its own rounding too.
    taps = np.zeros((53, 8), "float32")
    taps[12], taps[13] = 1, -1
    found = image_convolutions.from_image(image, tf.constant(taps), "bfloat16")
    expected = tf.nn.conv2d(image, taps[:25].reshape(5, 5, 1, 8), 1, "SAME")
    np.testing.assert_allclose(tf.cast(found, "float32")[:, :, :-1], expected[:, :, :-1], atol=2e-5)


@pytest.mark.parametrize("channels", [6, 8, 12, 32])
@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("side", [1, 4, 6, 9, 33])
def test_to_an_image_is_a_convolution(channels, size, side, rng):
    features, kernel = (
        tf.cast(tf.cast(rng.normal(size=shape), "bfloat16"), "float32")
        for shape in ((2, side, side, channels), (size, size, channels))
    )
    squares = image_convolutions.kernel_to_image(kernel)
    found = image_convolutions.convolved_to_image(features, squares)
    expected = tf.nn.conv2d(features, kernel[..., None], 1, "SAME")
    np.testing.assert_allclose(found, expected, atol=1e-4)
    rounded = image_convolutions.convolved_to_image(tf.cast(features, "bfloat16"), squares)
    assert rounded.dtype == tf.float32
    np.testing.assert_allclose(rounded, expected, atol=0.02 * size * np.sqrt(channels), rtol=0.01)
