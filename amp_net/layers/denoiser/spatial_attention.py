"""a_s: where in a block to look."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("amp_net")
class SpatialAttention(keras.layers.Layer):
    """Weights each pixel of the feature maps (Section IV-B; after CBAM).

    Mean and maximum over the channels are concatenated, a 3×3 convolution to one channel with bias and a
    sigmoid give a weight in (0, 1) for each pixel, and the features are multiplied by it.

    >>> import numpy as np
    >>> tuple(SpatialAttention()(np.ones((2, 8, 8, 4), "float32")).shape)
    (2, 8, 8, 4)

    Call arguments:
        features: `(batch, height, width, channels)`.

    Returns:
        The weighted features, same shape.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def build(self, features_shape=None):
        self.kernel = self.add_weight(
            autocast=False, name="kernel", shape=(3, 3, 2, 1), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(autocast=False, name="bias", shape=(1,), initializer="zeros")

    def call(self, features):
        dtype = self.compute_dtype
        features = ops.cast(features, dtype)
        pooled = ops.concatenate(
            [ops.mean(features, -1, keepdims=True), ops.max(features, -1, keepdims=True)], -1
        )
        kernel, bias = ops.cast(self.kernel, dtype), ops.cast(self.bias, dtype)
        logits = ops.conv(pooled, kernel, padding="same", data_format="channels_last") + bias
        return features * ops.sigmoid(logits)
