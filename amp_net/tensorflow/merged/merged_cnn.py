"""The balanced CNN in the form that processors compute fast."""

import keras
import tensorflow as tf

from amp_net.layers import BalancedCNN, ChannelAffine
from amp_net.tensorflow.merged.linear_pair import pair_from_image, pair_to_image


@keras.saving.register_keras_serializable("amp_net")
class MergedCNN(BalancedCNN):
    """The function, gradients and variables of a `BalancedCNN`, in less time on processors.

    Two pairs of convolutions have nothing between them, and each is computed as one: the first and D's
    first, and without attention Dᵀ's last and the last (see `linear_pair`). The scale of a `ChannelAffine`
    is multiplied into the kernel before it, for one pass over the features less.

    Under a 16-bit dtype policy the image is rounded to 16 bits on its way into D, and nothing else is
    computed in another dtype than in a `BalancedCNN`.

    >>> restored, _ = MergedCNN(channels=4)(tf.fill((2, 8, 8, 1), 0.5))
    >>> tuple(restored.shape)
    (2, 8, 8, 1)
    """

    def call(self, blocks, symmetry_every=None, training=False, side=None):
        if blocks.shape[1] is None or blocks.shape[1] != blocks.shape[2]:
            # The gradients of merged pairs are of squares.
            return super().call(blocks, symmetry_every, training, side)
        into, back = self.transform, self.transposed
        features = pair_from_image(blocks, _kernel(self.first), _kernel(into.first), into.compute_dtype)
        features = _finished(features, into.first, training)
        sparse = _convolved(features, into.second)
        if symmetry_every is not None:
            sparse, chosen = with_every(sparse, symmetry_every)
        features = self.threshold(sparse, training=training)
        features = _convolved(features, back.first, training)
        if self.spatial_attention is None and self.channel_attention is None:
            restored = blocks + pair_to_image(features, _kernel(back.second), _kernel(self.last))
        else:
            features = self._weighted(_convolved(features, back.second), training, side)
            restored = blocks + tf.cast(_convolved(features, self.last), "float32")
        if symmetry_every is None:
            return restored, None
        again = _convolved(_convolved(chosen, back.first), back.second)
        return restored, tf.cast(again, "float32") - self.first(blocks[::symmetry_every])


def with_every(features, every):
    """The features, and those of one block of so many; their gradients are added in place, which is faster.

    Args:
        features: `(batch, height, width, channels)`.
        every: of how many blocks, from the first, one is chosen.
    """

    @tf.custom_gradient
    def both(features):
        def gradient(upstream, to_chosen):
            places = tf.range(0, tf.shape(upstream)[0], every)[:, None]
            return tf.tensor_scatter_nd_add(upstream, places, to_chosen)

        return (features, features[::every]), gradient

    return both(features)


def _convolved(features, layer, training=False):
    """What a `Convolution` makes of features."""
    dtype = layer.compute_dtype
    kernel = tf.cast(_kernel(layer), dtype)
    return _finished(tf.nn.conv2d(tf.cast(features, dtype), kernel, 1, "SAME"), layer, training)


def _kernel(layer):
    """The kernel of a `Convolution`, times the scale of its `ChannelAffine` if it has one."""
    kernel = tf.convert_to_tensor(layer.kernel)
    return kernel * layer.norm.scale if isinstance(layer.norm, ChannelAffine) else kernel


def _finished(features, layer, training):
    """What follows on the product with `_kernel`: the rest of the normalisation, and the activation."""
    dtype = layer.compute_dtype
    if isinstance(layer.norm, ChannelAffine):
        features = tf.nn.bias_add(features, tf.cast(layer.norm.shift, dtype))
    elif layer.norm is not None:
        features = tf.cast(layer.norm(features, training=training), dtype)
    return layer.activation(features)
