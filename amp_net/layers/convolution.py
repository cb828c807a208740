"""The 3×3 convolutions of the balanced CNN."""

import keras
import tensorflow as tf

from amp_net.layers.linear_pair import pair_from_image, pair_to_image
from amp_net.layers.normalization import ChannelAffine, make_normalization


@keras.saving.register_keras_serializable("amp_net")
class Convolution(keras.layers.Layer):
    """A zero-padded 3×3 convolution without bias, and on request normalisation and activation after it.

    With the `"affine"` normalisation the scale of each output channel is multiplied into the kernel before
    the convolution: the same function and gradients, for one pass over the features less.

    Args:
        filters: output channels.
        normalization: None, or as in `make_normalization`.
        activation: name of a Keras activation, or None.

    Call arguments:
        features: `(batch, height, width, channels)`, cast to the compute dtype.
        before: a `Convolution` without normalisation and activation which the features pass first; the
            two are computed as one, see `linear_pair`.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        `(batch, height, width, filters)` in the compute dtype.
    """

    def __init__(self, filters, normalization=None, activation=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters = filters
        self.activation = keras.activations.get(activation)
        self.normalization = normalization
        self.norm = None
        if normalization is not None:
            self.norm = make_normalization(normalization, "norm")

    def build(self, features_shape):
        self.kernel = self.add_weight(
            autocast=False,
            name="kernel",
            shape=(3, 3, features_shape[-1], self.filters),
            initializer="glorot_uniform",
        )
        if self.norm is not None:
            self.norm.build((None, None, None, self.filters))

    def call(self, features, before=None, training=False):
        dtype = self.compute_dtype
        kernel = tf.convert_to_tensor(self.kernel)
        folded = isinstance(self.norm, ChannelAffine)
        if folded:
            kernel = kernel * self.norm.scale
        if before is None:
            features = tf.nn.conv2d(tf.cast(features, dtype), tf.cast(kernel, dtype), 1, padding="SAME")
        elif features.shape[-1] < self.filters:
            features = pair_from_image(features, tf.convert_to_tensor(before.kernel), kernel, dtype)
        else:
            features = pair_to_image(features, tf.convert_to_tensor(before.kernel), kernel)
        if folded:
            features = tf.nn.bias_add(tf.cast(features, dtype), tf.cast(self.norm.shift, dtype))
        elif self.norm is not None:
            features = tf.cast(self.norm(features, training=training), dtype)
        return self.activation(features)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
            "activation": keras.activations.serialize(self.activation),
        }
