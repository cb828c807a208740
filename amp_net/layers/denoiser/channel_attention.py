"""a_c: which feature maps to trust."""

import keras
from keras import ops

from amp_net.layers.denoiser.normalization import make_normalization


@keras.saving.register_keras_serializable("amp_net")
class ChannelAttention(keras.layers.Layer):
    """Weights each channel of the feature maps (Section IV-B; after CBAM).

    Mean and maximum over the block go, each by itself, through the same two convolutions (to `hidden`
    channels and back) with a normalisation of its own and ReLU between; the sum of both through a
    sigmoid gives a weight in (0, 1) for each channel. On a 1×1 map a zero-padded 3×3 convolution uses only
    its centre, so the kernels here are the centres, `(channels, hidden)` and `(hidden, channels)`.

    >>> import numpy as np
    >>> tuple(ChannelAttention(hidden=2)(np.ones((2, 8, 8, 4), "float32")).shape)
    (2, 8, 8, 4)

    Args:
        hidden: channels between the two convolutions; the paper's is 8.
        normalization: `"affine"` or `"batch"`, see `make_normalization`.

    Call arguments:
        features: `(batch, height, width, channels)`.
        training: whether batch normalisation uses and updates batch statistics.
        side: of the blocks that the features are of, each of which has its own weights; None for one block.

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

    def call(self, features, training=False, side=None):
        if side is None:
            mean, maximum = ops.mean(features, (1, 2)), ops.max(features, (1, 2))
            return features * self._weight(mean, maximum, training, features.dtype)[:, None, None, :]
        height, width, channels = ops.shape(features)[1:]
        mean, maximum = (_of_blocks(reduce, features, side) for reduce in (ops.mean, ops.max))
        weight = self._weight(mean, maximum, training, features.dtype)
        weight = ops.repeat(ops.reshape(weight, (-1, height // side, width // side, channels)), side, axis=2)
        rows = ops.reshape(features, (-1, height // side, side, width, channels))
        return ops.reshape(rows * weight[:, :, None], (-1, height, width, channels))

    def _weight(self, mean, maximum, training, dtype):
        """The weight of each channel, from its mean and maximum."""
        mean, maximum = ops.cast(mean, "float32"), ops.cast(maximum, "float32")
        mean = ops.relu(self.mean_normalization(ops.matmul(mean, self.squeeze), training=training))
        maximum = ops.relu(self.max_normalization(ops.matmul(maximum, self.squeeze), training=training))
        return ops.cast(ops.sigmoid(ops.matmul(mean, self.expand) + ops.matmul(maximum, self.expand)), dtype)

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden, "normalization": self.normalization}


def _of_blocks(reduce, features, side):
    """Means or maxima over each block of features: `(batch · rows · columns, channels)`."""
    height, width, channels = ops.shape(features)[1:]
    strips = reduce(ops.reshape(features, (-1, height // side, side, width, channels)), 2)
    blocks = reduce(ops.reshape(strips, (-1, height // side, width // side, side, channels)), 3)
    return ops.reshape(blocks, (-1, channels))
