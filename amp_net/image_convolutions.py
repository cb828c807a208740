"""Convolutions from and to a grey image in forms that processors compute fast, for the optimised network.

As they stand they are slow: for a single channel libraries compute 8 or 16 all the same, and putting the
edges right passes over all feature maps again. So an image's edges become channels of their own, and squares
of its pixels the channels of one.
"""

import numpy as np
import tensorflow as tf

from amp_net.layers.linear_pair import halves

SQUARE = 4
"""Side of the squares of pixels."""


def kernel_from_image(kernel, edge_kernels):
    """The kernel for `pair_from_image`, of the two of `merged_kernels` for a grey image: `(5, 5, 4, c)`."""
    top, bottom, left, right = -np.asarray(edge_kernels)
    rows, columns, corners = np.zeros((3, *kernel.shape), "float32")
    rows[0], rows[4] = top[:5], bottom[:5]
    columns[:, 0], columns[:, 4] = left[:5], right[:5]
    corners[0, 0], corners[0, 4], corners[4, 0], corners[4, 4] = *top[5:], *bottom[5:]
    return tf.constant(np.concatenate([kernel, rows, columns, corners], 2))


def pair_from_image(image, kernel, dtype):
    """What `linear_pair.pair_from_image` computes.

    Args:
        image: `(batch, side, side, 1)` in float32; it is not rounded, whatever the dtype.
        kernel: of `kernel_from_image`.
        dtype: of the result.

    Returns:
        `(batch, side, side, c)` in the given dtype.
    """
    channels = _with_edges_outside(image)
    if dtype == "bfloat16":
        channels, kernel = halves(channels), tf.concat([kernel, kernel], 2)
    return tf.nn.conv2d(channels, tf.cast(kernel, dtype), 1, "VALID")


def kernel_to_image(kernel):
    """The kernel for `to_image` of an odd one `(k, k, a, 1)`: `(k + 3, k + 3, a, 16)`."""
    size, _, channels, _ = kernel.shape
    squares = np.zeros((size + SQUARE - 1, size + SQUARE - 1, channels, SQUARE, SQUARE), "float32")
    for row, column in np.ndindex(SQUARE, SQUARE):
        squares[row : row + size, column : column + size, :, row, column] = kernel[..., 0]
    return tf.constant(squares.reshape(*squares.shape[:3], SQUARE**2))


def to_image(features, kernel):
    """A convolution with zero padding.

    Args:
        features: `(batch, side, side, a)`.
        kernel: of `kernel_to_image`.

    Returns:
        `(batch, side, side, 1)` in float32.
    """
    side, before = features.shape[1], (kernel.shape[0] - SQUARE) // 2
    around = [before, before + -side % SQUARE]
    squares = tf.nn.conv2d(
        features, tf.cast(kernel, features.dtype), SQUARE, [[0, 0], around, around, [0, 0]]
    )
    return tf.nn.depth_to_space(tf.cast(squares, "float32"), SQUARE)[:, :side, :side]


def _with_edges_outside(image):
    """The image with two pixels of zeros around, and channels that have its edges in the outermost pixels.

    A 5×5 kernel reaches these from the image's own edges alone.

    Returns:
        `(batch, side + 4, side + 4, 4)`: image, first and last row, first and last column, corners.
    """
    side = image.shape[1]
    pixels = np.arange(1, side**2 + 1).reshape(side, side)
    places = np.zeros((side + 4, side + 4, 4), "int32")
    places[2:-2, 2:-2, 0] = pixels
    places[:: side + 3, 2:-2, 1] = pixels[[0, -1]]
    places[2:-2, :: side + 3, 2] = pixels[:, [0, -1]]
    places[:: side + 3, :: side + 3, 3] = pixels[[0, -1]][:, [0, -1]]
    # Gathered a pixel of all images at a time, after a zero; padding takes longer.
    flat = tf.pad(tf.transpose(tf.reshape(image, (-1, side**2))), [[1, 0], [0, 0]])
    return tf.reshape(tf.transpose(tf.gather(flat, places.ravel())), (-1, *places.shape))
