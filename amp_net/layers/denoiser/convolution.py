"""The 3×3 convolutions of the balanced CNN."""

import keras
from keras import ops

from amp_net.layers.denoiser.normalization import make_normalization


@keras.saving.register_keras_serializable("amp_net")
class Convolution(keras.layers.Layer):
    """A zero-padded 3×3 convolution without bias, and on request normalisation and activation after it.

    >>> import numpy as np
    >>> tuple(Convolution(4, activation="relu")(np.ones((2, 8, 8, 1), "float32")).shape)
    (2, 8, 8, 4)

    Args:
        filters: output channels.
        normalization: None, or as in `make_normalization`.
        activation: name of a Keras activation, or None.

    Call arguments:
        features: `(batch, height, width, channels)`, cast to the compute dtype.
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

    def call(self, features, training=False):
        dtype = self.compute_dtype
        features, kernel = ops.cast(features, dtype), ops.cast(self.kernel, dtype)
        features = ops.conv(features, kernel, padding="same", data_format="channels_last")
        if self.norm is not None:
            features = ops.cast(self.norm(features, training=training), dtype)
        return self.activation(features)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
            "activation": keras.activations.serialize(self.activation),
        }
