"""f(k): the balanced CNN that stands for DᵀηD."""

import keras
from keras import ops

from amp_net.layers.denoiser.channel_attention import ChannelAttention
from amp_net.layers.denoiser.convolution import Convolution
from amp_net.layers.denoiser.spatial_attention import SpatialAttention
from amp_net.layers.denoiser.threshold import Threshold
from amp_net.layers.denoiser.transform import Transform


@keras.saving.register_keras_serializable("amp_net")
class BalancedCNN(keras.layers.Layer):
    """`X = f(R)` (Eq. 3): first convolution, D, η, Dᵀ, last convolution, and the skip from R to X.

    In AMPA-Net the output of Dᵀ passes the spatial attention a_s, then the channel attention a_c, before the
    last convolution. Under every dtype policy the first convolution and the skip are computed in float32.

    >>> import numpy as np
    >>> blocks, symmetry = BalancedCNN(channels=4)(np.ones((6, 8, 8, 1), "float32"), symmetry_every=3)
    >>> tuple(blocks.shape), tuple(symmetry.shape)
    ((6, 8, 8, 1), (2, 8, 8, 4))

    Args:
        channels: feature maps; the paper's is 32.
        normalization: `"affine"` or `"batch"`, see `make_normalization`.
        activation: name of a Keras activation; the paper's is `"relu"`.
        spatial_attention: whether there is an a_s.
        channel_attention: whether there is an a_c.

    Call arguments:
        blocks: R, `(batch, side, side, 1)`; or images of whole blocks, if `side` is given.
        symmetry_every: of every how many blocks, from the first, the residual of Eq. 6 is wanted too.
        training: whether batch normalisation uses and updates batch statistics.
        side: of the blocks that the images are of; None for single blocks.

    Returns:
        X, `(batch, side, side, 1)` in float32, and the symmetry residual
        `(⌈batch / symmetry_every⌉, side, side, channels)` in float32, or None where `symmetry_every` is.
    """

    def __init__(
        self,
        channels=32,
        normalization="affine",
        activation="relu",
        spatial_attention=False,
        channel_attention=False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.channels = channels
        self.normalization = normalization
        self.activation = activation
        policy = self.dtype_policy
        self.first = Convolution(channels, dtype="float32", name="first")
        self.transform = Transform(channels, normalization, activation, dtype=policy, name="transform")
        self.threshold = Threshold(normalization, activation, dtype=policy, name="threshold")
        self.transposed = Transform(channels, normalization, activation, dtype=policy, name="transposed")
        self.spatial_attention = self.channel_attention = None
        if spatial_attention:
            self.spatial_attention = SpatialAttention(dtype=policy, name="spatial_attention")
        if channel_attention:
            self.channel_attention = ChannelAttention(
                normalization=normalization, dtype=policy, name="channel_attention"
            )
        self.last = Convolution(1, dtype=policy, name="last")

    def build(self, blocks_shape):
        features_shape = (*blocks_shape[:-1], self.channels)
        self.first.build(blocks_shape)
        for layer in (
            self.transform,
            self.threshold,
            self.transposed,
            self.spatial_attention,
            self.channel_attention,
            self.last,
        ):
            if layer is not None:
                layer.build(features_shape)

    def call(self, blocks, symmetry_every=None, training=False, side=None):
        entered = self.first(blocks)
        sparse = self.transform(entered, training=training)
        features = self.threshold(sparse, training=training)
        features = self.transposed(features, training=training)
        restored = blocks + ops.cast(self.last(self._weighted(features, training, side)), "float32")
        if symmetry_every is None:
            return restored, None
        # Dᵀ D u − u of Eq. 6, with u the output of the first convolution and η left out. Real batch
        # normalisation uses its moving statistics here, so that they describe the main path alone.
        back = self.transposed(sparse[::symmetry_every], training=False)
        return restored, ops.cast(back, "float32") - entered[::symmetry_every]

    def _weighted(self, features, training, side=None):
        """The features after the attentions that there are."""
        if self.spatial_attention is not None:
            features = self.spatial_attention(features)
        if self.channel_attention is not None:
            features = self.channel_attention(features, training=training, side=side)
        return features

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "normalization": self.normalization,
            "activation": self.activation,
            "spatial_attention": self.spatial_attention is not None,
            "channel_attention": self.channel_attention is not None,
        }
