"""η: the threshold function of AMP."""

import keras
from keras import ops

from amp_net.layers.denoiser.normalization import make_normalization


@keras.saving.register_keras_serializable("amp_net")
class Threshold(keras.layers.Layer):
    """The 3rd block of the balanced CNN, in the place of AMP's threshold: BN, ReLU (Section III-B).

    >>> import numpy as np
    >>> features = Threshold()(np.array([[[[-1.0, 2.0]]]], "float32"))
    >>> ops.convert_to_numpy(features).tolist()
    [[[[0.0, 2.0]]]]

    Args:
        normalization: `"affine"` or `"batch"`, see `make_normalization`.
        activation: name of a Keras activation; the paper's is `"relu"`.

    Call arguments:
        features: `(batch, height, width, channels)`.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        Features of the same shape and dtype.
    """

    def __init__(self, normalization="affine", activation="relu", **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.normalization = normalization
        self.activation = keras.activations.get(activation)
        self.norm = make_normalization(normalization, "norm")

    def build(self, features_shape):
        self.norm.build(features_shape)

    def call(self, features, training=False):
        return self.activation(ops.cast(self.norm(features, training=training), features.dtype))

    def get_config(self):
        return {
            **super().get_config(),
            "normalization": self.normalization,
            "activation": keras.activations.serialize(self.activation),
        }
