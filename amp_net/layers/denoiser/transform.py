"""D and Dᵀ: the learned transform of AMP, and its transpose."""

import keras

from amp_net.layers.denoiser.convolution import Convolution


@keras.saving.register_keras_serializable("amp_net")
class Transform(keras.layers.Layer):
    """The 2nd and the 4th block of the balanced CNN: convolution, BN, ReLU, convolution (Section III-B).

    >>> import numpy as np
    >>> tuple(Transform(4)(np.ones((2, 8, 8, 4), "float32")).shape)
    (2, 8, 8, 4)

    Args:
        channels: feature maps in and out; the paper's is 32.
        normalization: `"affine"` or `"batch"`, see `make_normalization`.
        activation: name of a Keras activation; the paper's is `"relu"`.

    Call arguments:
        features: `(batch, height, width, channels)`.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        Features of the same shape.
    """

    def __init__(self, channels=32, normalization="affine", activation="relu", **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.channels = channels
        self.normalization = normalization
        self.activation = activation
        self.first = Convolution(channels, normalization, activation, dtype=self.dtype_policy, name="first")
        self.second = Convolution(channels, dtype=self.dtype_policy, name="second")

    def build(self, features_shape):
        self.first.build(features_shape)
        self.second.build((*features_shape[:-1], self.channels))

    def call(self, features, training=False):
        return self.second(self.first(features, training=training))

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "normalization": self.normalization,
            "activation": self.activation,
        }
