"""a_c: which feature maps to trust."""

import keras
from keras import ops

from amp_net.layers.normalization import make_normalization


@keras.saving.register_keras_serializable("amp_net")
class ChannelAttention(keras.layers.Layer):
    """Weights each channel of the feature maps (Section IV-B; after CBAM).

    Mean and maximum over the block go, each by itself, through the same two convolutions (to `hidden`
    channels and back) with a normalisation of its own and ReLU between; the sum of both through a
    sigmoid gives a weight in (0, 1) for each channel. On a 1×1 map a zero-padded 3×3 convolution uses only
    its centre, so the kernels here are the centres, `(channels, hidden)` and `(hidden, channels)`.

    Args:
        hidden: channels between the two convolutions; the paper's is 8.
        normalization: `"affine"` or `"batch"`, see `make_normalization`.

    Call arguments:
        features: `(batch, height, width, channels)`.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        The weighted features, same shape.
    """

    def __init__(self, hidden=8, normalization="affine", **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.hidden = hidden
        self.normalization = normalization
        self.mean_normalization = make_normalization(normalization, "mean_normalization")
        self.max_normalization = make_normalization(normalization, "max_normalization")

    def build(self, features_shape):
        channels = features_shape[-1]
        self.squeeze = self.add_weight(
            autocast=False, name="squeeze", shape=(channels, self.hidden), initializer="glorot_uniform"
        )
        self.expand = self.add_weight(
            autocast=False, name="expand", shape=(self.hidden, channels), initializer="glorot_uniform"
        )
        self.mean_normalization.build((None, self.hidden))
        self.max_normalization.build((None, self.hidden))

    def call(self, features, training=False):
        mean = ops.cast(ops.mean(features, (1, 2)), "float32")
        maximum = ops.cast(ops.max(features, (1, 2)), "float32")
        mean = ops.relu(self.mean_normalization(ops.matmul(mean, self.squeeze), training=training))
        maximum = ops.relu(self.max_normalization(ops.matmul(maximum, self.squeeze), training=training))
        weight = ops.sigmoid(ops.matmul(mean, self.expand) + ops.matmul(maximum, self.expand))
        return features * ops.cast(weight, features.dtype)[:, None, None, :]

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden, "normalization": self.normalization}
