"""The edges of an image: what a merged pair counts there, and the edges as channels of their own.

The taps of a merged pair are those of `image_convolutions`. Putting the edges right passes over the outermost
pixels alone, and not over all feature maps again.
"""

import numpy as np
import tensorflow as tf
from keras import ops

SIZE = 5
"""Side of a merged pair's kernel."""
EDGES = 4
"""Top, bottom, left and right; along each, the image's outermost pixels are a strip."""
EDGE_TAPS = 7


def less_edges(image, features, taps):
    """The image without what the kernel of a merged pair counts outside of the feature maps."""
    weights = tf.reshape(taps[SIZE**2 :], (EDGES, EDGE_TAPS, -1))
    if is_square(features):
        outside = _counted_outside(strips(features), weights)
        rows, columns = outside[:2], outside[2:]
    else:
        rows = _counted_outside(tf.stack([features[:, 0], features[:, -1]]), weights[:2])
        columns = _counted_outside(tf.stack([features[:, :, 0], features[:, :, -1]]), weights[2:])
    height, width = ops.shape(features)[1:3]
    rows = tf.einsum("ebx,ey->byx", rows, ends(height))
    columns = tf.einsum("eby,ex->byx", columns, ends(width))
    # Not by indexing, for which TFLite has no operation where no side is known.
    return image - tf.expand_dims(rows + columns, -1)


def _counted_outside(along, weights):
    """What a kernel counts beyond edges.

    Args:
        along: the feature maps along edges, `(edges, batch, length, channels)`.
        weights: the taps of these edges, `(edges, 7, channels)`.

    Returns:
        `(edges, batch, length)` in float32.
    """
    edges, _, length, channels = ops.shape(along)
    weights = tf.cast(tf.transpose(weights, (0, 2, 1)), along.dtype)
    counted = tf.reshape(along, (edges, -1, channels)) @ weights
    counted = tf.reshape(tf.cast(counted, "float32"), (edges, -1, length, EDGE_TAPS))
    padded = tf.pad(counted, [[0, 0], [0, 0], [2, 2], [0, 0]])
    outside = tf.add_n([padded[:, :, tap : tap + length, tap] for tap in range(SIZE)])
    at_ends = ends(length)
    return outside + counted[..., SIZE] * at_ends[0] + counted[..., SIZE + 1] * at_ends[1]


def ends(length, dtype="float32"):
    """Ones at the start and at the end of zeros, `(2, length)`."""
    return tf.one_hot([0, length - 1], length, dtype=dtype)


def is_square(image):
    """Whether an image is known to be as high as wide."""
    return image.shape[1] is not None and image.shape[1] == image.shape[2]


def strips(image):
    """The outermost pixels along the edges, `(4, batch, side, channels)`."""
    return tf.stack([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]])


def with_edges_outside(image):
    """The image with two pixels of zeros around, and channels that have its edges in the outermost pixels.

    A 5×5 kernel reaches these from the image's own edges alone.

    Returns:
        `(batch, height + 4, width + 4, 4)`: image, first and last row, first and last column, corners.
    """
    if not is_square(image):
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
    """`with_edges_outside` of an image of any shape; less fast for small ones."""
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
    # By paddings that are constants, since TFLite needs to know the channels.
    between = tf.zeros_like(tf.pad(image, [[int(place == axis)] * 2 for place in range(4)]))
    first, last = (image[:, :1], image[:, -1:]) if axis == 1 else (image[:, :, :1], image[:, :, -1:])
    return tf.concat([first, between, last], axis)
