"""Convolutions from and to a grey image in forms that processors compute fast.

As they stand they are slow: for a single channel libraries compute 8 or 16 all the same, and putting the
edges of a merged pair right passes over all feature maps again. So an image's edges become channels of their
own, and squares of its pixels the channels of one.

A merged pair (see `linear_pair`) is given by its taps, `(53, channels)`: the 25 of a 5×5 kernel between the
image and the feature maps, row by row, and for each of the four edges the 7 that make up for what that kernel
counts outside: five around a position, and one each where the edge starts and ends (zeros at left and right,
since the corners are those of top and bottom).
"""

import numpy as np
import tensorflow as tf
from keras import ops

SQUARE = 4
"""Side of the squares of pixels."""
SIZE = 5
"""Side of a merged pair's kernel."""
WHOLE = 32
"""Feature maps in bfloat16 are filled up to a multiple of this many on the way to an image.

With some other numbers, 8 and 12 among them, oneDNN (of TensorFlow 2.21, on processors with AMX) computes
convolutions with kernels of 8×8 wrongly.
"""
EDGES = 4
"""Top, bottom, left and right; along each, the image's outermost pixels are a strip."""
EDGE_TAPS = 7


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
    channels = _with_edges_outside(image)
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


def less_edges(image, features, taps):
    """The image without what the kernel of a merged pair counts outside of the feature maps."""
    weights = tf.reshape(taps[SIZE**2 :], (EDGES, EDGE_TAPS, -1))
    if _is_square(features):
        outside = _counted_outside(_strips(features), weights)
        rows, columns = outside[:2], outside[2:]
    else:
        rows = _counted_outside(tf.stack([features[:, 0], features[:, -1]]), weights[:2])
        columns = _counted_outside(tf.stack([features[:, :, 0], features[:, :, -1]]), weights[2:])
    height, width = ops.shape(features)[1:3]
    rows = tf.einsum("ebx,ey->byx", rows, _ends(height))
    columns = tf.einsum("eby,ex->byx", columns, _ends(width))
    # Not by indexing, for which TFLite has no operation where no side is known.
    return image - tf.expand_dims(rows + columns, -1)


def _counted_outside(strips, weights):
    """What a kernel counts beyond edges.

    Args:
        strips: the feature maps along edges, `(edges, batch, length, channels)`.
        weights: the taps of these edges, `(edges, 7, channels)`.

    Returns:
        `(edges, batch, length)` in float32.
    """
    edges, _, length, channels = ops.shape(strips)
    weights = tf.cast(tf.transpose(weights, (0, 2, 1)), strips.dtype)
    counted = tf.reshape(strips, (edges, -1, channels)) @ weights
    counted = tf.reshape(tf.cast(counted, "float32"), (edges, -1, length, EDGE_TAPS))
    padded = tf.pad(counted, [[0, 0], [0, 0], [2, 2], [0, 0]])
    outside = tf.add_n([padded[:, :, tap : tap + length, tap] for tap in range(SIZE)])
    ends = _ends(length)
    return outside + counted[..., SIZE] * ends[0] + counted[..., SIZE + 1] * ends[1]


def _ends(length, dtype="float32"):
    """Ones at the start and at the end of zeros, `(2, length)`."""
    return tf.one_hot([0, length - 1], length, dtype=dtype)


def _is_square(image):
    """Whether an image is known to be as high as wide."""
    return image.shape[1] is not None and image.shape[1] == image.shape[2]


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
    pixels = _strips(image)[..., 0]
    padded = tf.pad(pixels, [[0, 0], [0, 0], [2, 2]])
    around = [padded[:, :, tap : tap + side] for tap in range(SIZE)]
    ends = _ends(side, image.dtype)
    seen = tf.stack([*around, pixels * ends[0], pixels * ends[1]], 1)
    edges = tf.einsum("etbx,ebxc->etc", seen, _strips(features))
    parts = [tf.reshape(kernel, (SIZE**2, channels)), -tf.reshape(edges, (EDGES * EDGE_TAPS, channels))]
    return tf.cast(tf.concat(parts, 0), "float32")


def _strips(image):
    """The outermost pixels along the edges, `(4, batch, side, channels)`."""
    return tf.stack([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]])


def _halves(image, dtype):
    """A float32 image as channels of two in 16 bits, whose sum keeps 16 bits of it, or in float16 22."""
    high = tf.cast(image, dtype)
    return tf.concat([high, tf.cast(image - tf.cast(high, "float32"), dtype)], -1)


def _with_edges_outside(image):
    """The image with two pixels of zeros around, and channels that have its edges in the outermost pixels.

    A 5×5 kernel reaches these from the image's own edges alone.

    Returns:
        `(batch, height + 4, width + 4, 4)`: image, first and last row, first and last column, corners.
    """
    if not _is_square(image):
        return _padded_with_edges(image)
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


def _padded_with_edges(image):
    """`_with_edges_outside` of an image of any shape; less fast for small ones."""
    keep, around = [0, 0], [2, 2]
    rows, columns = _ends_apart(image, 1), _ends_apart(image, 2)
    return tf.concat(
        [
            tf.pad(image, [keep, around, around, keep]),
            tf.pad(rows, [keep, keep, around, keep]),
            tf.pad(columns, [keep, around, keep, keep]),
            _ends_apart(rows, 2),
        ],
        -1,
    )


def _ends_apart(image, axis):
    """An image four pixels longer, with its outermost pixels at the ends and zeros between."""
    # By paddings that are constants, since TFLite wants to know the channels.
    between = tf.zeros_like(tf.pad(image, [[int(place == axis)] * 2 for place in range(4)]))
    first, last = (image[:, :1], image[:, -1:]) if axis == 1 else (image[:, :, :1], image[:, :, -1:])
    return tf.concat([first, between, last], axis)


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
