"""Two 3×3 convolutions with nothing between them, computed as one of 5×5.

Between two linear maps there is no need to make the 32 feature maps in the middle. With zero padding the
single convolution is wrong in the outermost ring of pixels: it counts features one pixel outside of the
image, where the second convolution of the pair saw zeros. What it counts there depends on the image's
own outermost pixels alone and is taken off again, so that the function stays the same.
"""

import itertools

import numpy as np
import tensorflow as tf

EDGES = 4
"""Top, bottom, left and right; along each, the image's outermost pixels are a strip."""
EDGE_TAPS = 7
"""Of a strip's pixels: the five around a position, and its first and last where it starts and ends."""


def merged_kernels(inner, outer):
    """The 5×5 kernel of `outer` after `inner`, and the kernels of what it counts outside the image.

    Args:
        inner: the kernel applied first, `(3, 3, a, b)`.
        outer: the kernel applied second, `(3, 3, b, c)`.

    Returns:
        `(5, 5, a, c)`, and `(4, 7, a, c)` for the edges and their taps.
    """
    a, c = inner.shape[2], outer.shape[3]
    products = tf.einsum("xyab,uvbc->xyuvac", inner, outer)
    kernels = tf.constant(_SUMS, inner.dtype) @ tf.reshape(products, (81, a * c))
    return tf.reshape(kernels[:25], (5, 5, a, c)), tf.reshape(kernels[25:], (EDGES, EDGE_TAPS, a, c))


def edges_of(image):
    """The image `(batch, side, side, c)` itself, and its edges' pixels `(4, batch, side, c)`."""
    return image, tf.stack([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]])


def added_to_edges(image, strips):
    """The image `(batch, side, side, c)` with `(4, batch, side, c)` added to its edges' pixels."""
    count, end = tf.shape(image)[0], image.shape[1]
    top, bottom, left, right = tf.unstack(strips)
    # Such an update is done in place, where adding a padded tensor would pass over the whole image.
    image = _replace_row(image, image[:, 0] + top, [0, 0], [count, 1])
    image = _replace_row(image, image[:, -1] + bottom, [0, end - 1], [count, end])
    image = _replace_row(image, image[:, :, 0] + left, [0, 0, 0], [count, end, 1])
    return _replace_row(image, image[:, :, -1] + right, [0, 0, end - 1], [count, end, end])


@tf.custom_gradient
def with_edges(image):
    """`edges_of`, whose gradient is `added_to_edges`."""
    return edges_of(image), add_to_edges


@tf.custom_gradient
def add_to_edges(image, strips):
    """`added_to_edges`, whose gradient is `edges_of`."""
    return added_to_edges(image, strips), with_edges


def pair_from_image(image, inner, outer, dtype):
    """`outer` after `inner` where the image has few channels, as the first block has.

    Args:
        image: `(batch, side, side, a)` in float32; it is not rounded, whatever the dtype.
        inner: kernel `(3, 3, a, b)` in float32.
        outer: kernel `(3, 3, b, c)` in float32.
        dtype: of the result and the kernels' products.

    Returns:
        `(batch, side, side, c)` in the given dtype.
    """
    kernel, edge_kernels = merged_kernels(inner, outer)
    image, strips = with_edges(image)
    taps = tf.concat(_around([strips] * 5) + _at_ends(strips, strips), -1)
    side, filters = image.shape[1], kernel.shape[-1]
    flat = tf.reshape(taps, (EDGES, -1, EDGE_TAPS * image.shape[-1]))
    outside = flat @ tf.reshape(edge_kernels, (EDGES, -1, filters))
    outside = tf.reshape(tf.cast(outside, dtype), (EDGES, -1, side, filters))
    features = _convolution_of_image(image, kernel) if dtype == "bfloat16" else _same(image, kernel)
    return add_to_edges(features, -outside)


def pair_to_image(features, inner, outer):
    """`outer` after `inner` where the result has few channels, as that of the last block has.

    Args:
        features: `(batch, side, side, a)`.
        inner: kernel `(3, 3, a, b)` in float32.
        outer: kernel `(3, 3, b, c)` in float32.

    Returns:
        `(batch, side, side, c)` in float32.
    """
    kernel, edge_kernels = merged_kernels(inner, outer)
    features, strips = with_edges(features)
    # The transpose of a convolution: for a result of one channel it is faster, above all its gradient.
    turned = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
    shape = (*tf.unstack(tf.shape(features))[:3], kernel.shape[-1])
    image = tf.nn.conv2d_transpose(features, tf.cast(turned, features.dtype), shape, 1, "SAME")
    return add_to_edges(tf.cast(image, "float32"), -counted_outside(strips, edge_kernels))


def counted_outside(strips, edge_kernels):
    """What the merged kernel counts outside of feature maps, which is to be taken off along their edges.

    Args:
        strips: the edges' pixels, `(4, batch, side, a)`.
        edge_kernels: of `merged_kernels`, `(4, 7, a, c)`.

    Returns:
        `(4, batch, side, c)` in float32.
    """
    side, channels, filters = strips.shape[2], strips.shape[-1], edge_kernels.shape[-1]
    weights = tf.reshape(tf.transpose(edge_kernels, (0, 2, 1, 3)), (EDGES, channels, EDGE_TAPS * filters))
    taps = tf.reshape(strips, (EDGES, -1, channels)) @ tf.cast(weights, strips.dtype)
    taps = tf.reshape(tf.cast(taps, "float32"), (EDGES, -1, side, EDGE_TAPS, filters))
    taps = tf.unstack(taps, axis=3)
    return tf.add_n(_around(taps[:5]) + _at_ends(*taps[5:]))


def _replace_row(image, pixels, begin, end):
    axis = len(begin) - 1
    return tf.raw_ops.TensorStridedSliceUpdate(
        input=image, begin=begin, end=end, strides=[1] * len(begin), value=pixels, shrink_axis_mask=1 << axis
    )


def _around(taps):
    """For each of five taps along the strips, what stands at the positions −2 to 2 from each position."""
    side = taps[0].shape[2]
    padded = [tf.pad(tap, [[0, 0], [0, 0], [2, 2], [0, 0]]) for tap in taps]
    return [strip[:, :, shift : shift + side] for shift, strip in enumerate(padded)]


def _at_ends(first, last):
    """The one at the strips' first positions alone, the other at their last ones alone."""
    side = first.shape[2]
    at = tf.one_hot([0, side - 1], side, dtype=first.dtype)[..., None]
    return [first * at[0], last * at[1]]


def halves(image):
    """A float32 image as channels of two in bfloat16, whose sum keeps 16 bits of it."""
    high = tf.cast(image, "bfloat16")
    return tf.concat([high, tf.cast(image - tf.cast(high, "float32"), "bfloat16")], -1)


def _same(image, kernel):
    return tf.nn.conv2d(image, kernel, 1, "SAME")


@tf.custom_gradient
def _convolution_of_image(image, kernel):
    """In bfloat16, but for the image, which keeps 16 bits."""
    rounded = tf.cast(kernel, "bfloat16")

    def gradient(upstream):
        to_image = tf.nn.conv2d_transpose(upstream, rounded, tf.shape(image), 1, "SAME")
        to_kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=tf.cast(image, "bfloat16"),
            filter_sizes=kernel.shape,
            out_backprop=upstream,
            strides=[1, 1, 1, 1],
            padding="SAME",
        )
        return tf.cast(to_image, "float32"), tf.cast(to_kernel, "float32")

    return _same(halves(image), tf.concat([rounded, rounded], 2)), gradient


def _sums():
    """Which products of an inner and an outer tap each tap of the merged kernels sums up: `(53, 81)`."""
    sums = np.zeros((25 + EDGES * EDGE_TAPS, 3, 3, 3, 3), "float32")
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
