"""BN of the paper, as the authors ran it and as the text says."""

import keras
from keras import ops

NORMALIZATIONS = ("affine", "batch")


@keras.saving.register_keras_serializable("amp_net")
class ChannelAffine(keras.layers.Layer):
    """A learned scale and shift for each channel, `scale · u + shift`.

    This is what "BN" was in the authors' code: called without the training flag, its statistics
    stayed at mean 0 and variance 1.

    >>> import numpy as np
    >>> layer = ChannelAffine()
    >>> tuple(layer(np.ones((2, 8, 8, 4), "float32")).shape), layer.count_params()
    ((2, 8, 8, 4), 8)

    Call arguments:
        features: `(..., channels)`.

    Returns:
        Features of the same shape and dtype.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def build(self, features_shape):
        self.scale = self.add_weight(
            autocast=False, name="scale", shape=(features_shape[-1],), initializer="ones"
        )
        self.shift = self.add_weight(
            autocast=False, name="shift", shape=(features_shape[-1],), initializer="zeros"
        )

    def call(self, features, training=False):
        return features * ops.cast(self.scale, features.dtype) + ops.cast(self.shift, features.dtype)


def make_normalization(kind, name):
    """The layer for `kind`: `"affine"` (the authors' code) or `"batch"` (real batch normalisation).

    Under TensorFlow, batch normalisation shares its statistics between the replicas of a `tf.distribute`
    strategy; other backends have no replicas to share between.

    Raises:
        ValueError: if `kind` is unknown.
    """
    if kind == "affine":
        return ChannelAffine(dtype="float32", name=name)
    if kind == "batch":
        synchronized = keras.backend.backend() == "tensorflow"
        return keras.layers.BatchNormalization(
            momentum=0.99, epsilon=1e-3, synchronized=synchronized, dtype="float32", name=name
        )
    raise ValueError(f"The normalization is {' or '.join(NORMALIZATIONS)}, not {kind!r}.")
