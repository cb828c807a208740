"""Convolutions from and to a grey image in forms that processors compute fast.

As they stand they are slow: for a single channel libraries compute 8 or 16 all the same. So squares of an
image's pixels become the channels of one, and its edges channels of their own, see `image_edges`.

A merged pair (see `linear_pair`) is given by its taps, `(53, channels)`: the 25 of a 5×5 kernel between the
image and the feature maps, row by row, and for each of the four edges the 7 that make up for what that kernel
counts outside: five around a position, and one each where the edge starts and ends (zeros at left and right,
since the corners are those of top and bottom).
"""

import numpy as np
import tensorflow as tf
from keras import ops

from amp_net.tensorflow.merged.image_edges import (
    EDGE_TAPS,
    EDGES,
    SIZE,
    ends,
    less_edges,
    strips,
    with_edges_outside,
)

SQUARE = 4
"""Side of the squares of pixels."""
WHOLE = 32
"""Feature maps in bfloat16 are filled up to a multiple of this many on the way to an image.

With some other numbers, 8 and 12 among them, oneDNN (of TensorFlow 2.21, on processors with AMX) computes
convolutions with kernels of 8×8 wrongly.
"""


def from_image(image, taps, dtype):
    """From an image to feature maps, zeros around the image.

    Args:
        image: `(batch, side, side, 1)` in float32; it is not rounded, whatever the dtype.
        taps: `(53, channels)` in float32.
        dtype: of the result.

    Returns:
        `(batch, side, side, channels)` in the given dtype.
    """

    @tf.custom_gradient
    def convolved(image, taps):
        def gradient(upstream):
            return to_image(upstream, turned(taps)), _gradient_to_taps(image, upstream)

        return convolved_from_image(image, kernel_from_image(taps), dtype), gradient

    return convolved(image, taps)


@tf.custom_gradient
def to_image(features, taps):
    """From feature maps to an image, zeros around the feature maps.

    Args:
        features: `(batch, side, side, channels)`.
        taps: `(53, channels)` in float32.

    Returns:
        `(batch, side, side, 1)` in float32.
    """

    def gradient(upstream):
        to_features = from_image(upstream, turned(taps), features.dtype)
        return to_features, turned(_gradient_to_taps(upstream, features))

    image = convolved_to_image(features, kernel_to_image(middle_of(taps)))
    return less_edges(image, features, taps), gradient


def turned(taps):
    """The taps of the way back: with these, `to_image` is the transpose of `from_image`, and vice versa."""
    return tf.gather(taps, _TURNED)


def middle_of(taps):
    """The 5×5 kernel that holds away from the edges, `(5, 5, channels)`."""
    return tf.reshape(taps[: SIZE**2], (SIZE, SIZE, -1))


def kernel_from_image(taps):
    """The kernel for `convolved_from_image`, `(5, 5, 4, channels)`."""
    return tf.reshape(tf.constant(_PLACES) @ taps, (SIZE, SIZE, EDGES, -1))


def convolved_from_image(image, kernel, dtype):
    """`from_image` with a kernel of `kernel_from_image`."""
    channels = with_edges_outside(image)
    if dtype != "float32":
        channels, kernel = _halves(channels, dtype), tf.concat([kernel, kernel], 2)
    return tf.nn.conv2d(channels, tf.cast(kernel, dtype), 1, "VALID")


def kernel_to_image(kernel):
    """The kernel for `convolved_to_image`, `(k + 3, k + 3, channels, 16)`, of an odd `(k, k, channels)`."""
    size = kernel.shape[0]
    places = np.zeros((size + SQUARE - 1, size + SQUARE - 1, SQUARE**2), "int32")
    for pixel, (row, column) in enumerate(np.ndindex(SQUARE, SQUARE)):
        places[row : row + size, column : column + size, pixel] = np.arange(1, size**2 + 1).reshape(size, -1)
    taps = tf.pad(tf.reshape(kernel, (size**2, -1)), [[1, 0], [0, 0]])
    return tf.transpose(tf.gather(taps, places), (0, 1, 3, 2))


def convolved_to_image(features, kernel):
    """A convolution with zero padding.

    Args:
        features: `(batch, height, width, channels)`.
        kernel: of `kernel_to_image`.

    Returns:
        `(batch, height, width, 1)` in float32.
    """
    before = (kernel.shape[0] - SQUARE) // 2
    # Enough for the last square of any side; what it has more is cut off.
    around = [before, before + SQUARE - 1]
    height, width = ops.shape(features)[1:3]
    if features.dtype == "bfloat16" and features.shape[-1] % WHOLE:
        more = [0, -features.shape[-1] % WHOLE]
        features = tf.pad(features, [[0, 0], [0, 0], [0, 0], more])
        kernel = tf.pad(kernel, [[0, 0], [0, 0], more, [0, 0]])
    squares = tf.nn.conv2d(
        features, tf.cast(kernel, features.dtype), SQUARE, [[0, 0], around, around, [0, 0]]
    )
    return tf.nn.depth_to_space(tf.cast(squares, "float32"), SQUARE)[:, :height, :width]


def _gradient_to_taps(image, features):
    """The gradient `(53, channels)` of the sum of `features` times what `from_image` makes of the image."""
    side, channels = features.shape[1], features.shape[-1]
    image = tf.cast(image, features.dtype)
    kernel = tf.raw_ops.Conv2DBackpropFilter(
        input=image,
        filter_sizes=(SIZE, SIZE, 1, channels),
        out_backprop=features,
        strides=[1, 1, 1, 1],
        padding="SAME",
    )
    pixels = strips(image)[..., 0]
    padded = tf.pad(pixels, [[0, 0], [0, 0], [2, 2]])
    around = [padded[:, :, tap : tap + side] for tap in range(SIZE)]
    at_ends = ends(side, image.dtype)
    seen = tf.stack([*around, pixels * at_ends[0], pixels * at_ends[1]], 1)
    edges = tf.einsum("etbx,ebxc->etc", seen, strips(features))
    parts = [tf.reshape(kernel, (SIZE**2, channels)), -tf.reshape(edges, (EDGES * EDGE_TAPS, channels))]
    return tf.cast(tf.concat(parts, 0), "float32")


def _halves(image, dtype):
    """A float32 image as channels of two in 16 bits, whose sum keeps 16 bits of it, or in float16 22."""
    high = tf.cast(image, dtype)
    return tf.concat([high, tf.cast(image - tf.cast(high, "float32"), dtype)], -1)


def _places():
    """Where `kernel_from_image` has each tap, and with what sign: `(100, 53)`."""
    places = np.zeros((SIZE, SIZE, EDGES, SIZE**2 + EDGES * EDGE_TAPS), "float32")
    for tap, (row, column) in enumerate(np.ndindex(SIZE, SIZE)):
        places[row, column, 0, tap] = 1
    top, bottom, left, right = -np.eye(SIZE**2 + EDGES * EDGE_TAPS)[SIZE**2 :].reshape(EDGES, EDGE_TAPS, -1)
    places[0, :, 1], places[4, :, 1] = top[:SIZE], bottom[:SIZE]
    places[:, 0, 2], places[:, 4, 2] = left[:SIZE], right[:SIZE]
    places[0, 0, 3], places[0, 4, 3] = top[SIZE:]
    places[4, 0, 3], places[4, 4, 3] = bottom[SIZE:]
    return places.reshape(SIZE**2 * EDGES, -1)


def _turned():
    """The taps in the order of the way back."""
    kernel = np.arange(SIZE**2)[::-1]
    edges = SIZE**2 + np.arange(EDGES * EDGE_TAPS).reshape(EDGES, EDGE_TAPS)
    edges[:, :SIZE] = edges[:, SIZE - 1 :: -1]
    return np.concatenate([kernel, edges.ravel()])


_PLACES = _places()
_TURNED = _turned()
