"""Two 3×3 convolutions with nothing between them, computed as one of 5×5.

Between two linear maps there is no need to make the 32 feature maps in the middle. With zero padding the
single convolution is wrong in the outermost ring of pixels: it counts features one pixel outside of the
image, where the second convolution of the pair saw zeros. What it counts there depends on the image's
own outermost pixels alone and is subtracted again, so that the function stays the same.
"""

import itertools

import numpy as np
import tensorflow as tf

from amp_net.tensorflow.merged.image_convolutions import from_image, to_image
from amp_net.tensorflow.merged.image_edges import EDGE_TAPS, EDGES, SIZE


def pair_from_image(image, inner, outer, dtype):
    """`outer` after `inner`, from a grey image as the first block has it.

    Args:
        image: `(batch, side, side, 1)` in float32; it is not rounded, whatever the dtype.
        inner: kernel `(3, 3, 1, b)` in float32.
        outer: kernel `(3, 3, b, c)` in float32.
        dtype: of the result.

    Returns:
        `(batch, side, side, c)` in the given dtype.
    """
    return from_image(image, merged_taps(inner, outer), dtype)


def pair_to_image(features, inner, outer):
    """`outer` after `inner`, to a grey image as the last block has it.

    Args:
        features: `(batch, side, side, a)`.
        inner: kernel `(3, 3, a, b)` in float32.
        outer: kernel `(3, 3, b, 1)` in float32.

    Returns:
        `(batch, side, side, 1)` in float32.
    """
    return to_image(features, merged_taps(inner, outer))


def merged_taps(inner, outer):
    """The taps of `outer` after `inner`, see `image_convolutions`.

    Args:
        inner: the kernel applied first, `(3, 3, a, b)`.
        outer: the kernel applied second, `(3, 3, b, c)`; a or c is 1.

    Returns:
        `(53, a · c)`.
    """
    products = tf.einsum("xyab,uvbc->xyuvac", inner, outer)
    return tf.constant(_SUMS, inner.dtype) @ tf.reshape(products, (81, -1))


def _sums():
    """Which products of an inner and an outer tap each tap of the merged pair sums up: `(53, 81)`."""
    sums = np.zeros((SIZE**2 + EDGES * EDGE_TAPS, 3, 3, 3, 3), "float32")
    kernel, edges = sums[:25].reshape(5, 5, 3, 3, 3, 3), sums[25:].reshape(EDGES, EDGE_TAPS, 3, 3, 3, 3)
    for x, y, u, v in itertools.product(range(3), repeat=4):
        kernel[x + u, y + v, x, y, u, v] = 1
    for inner, outer in itertools.product(range(3), repeat=2):
        edges[0, inner + outer, 2, inner, 0, outer] = 1
        edges[1, inner + outer, 0, inner, 2, outer] = 1
        edges[2, inner + outer, inner, 2, outer, 0] = 1
        edges[3, inner + outer, inner, 0, outer, 2] = 1
    # A corner lies outside of two edges and would count twice.
    edges[0, 5, 2, 2, 0, 0] = edges[0, 6, 2, 0, 0, 2] = -1
    edges[1, 5, 0, 2, 2, 0] = edges[1, 6, 0, 0, 2, 2] = -1
    return sums.reshape(-1, 81)


_SUMS = _sums()
