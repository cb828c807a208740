"""One AMP iteration whose denoiser hands its feature maps on to the next."""

import keras
from keras import ops

from amp_net.layers.beyond.squares import from_squares, to_squares

SQUARE = 2
"""Side of the squares of pixels that are the channels of one position of the feature maps."""


@keras.saving.register_keras_serializable("amp_net")
class FeatureStage(keras.layers.Layer):
    """One pass of Algorithm 2 on whole images, with feature maps H beside the estimate X.

        R = X + α Φᵀ Z
        H = H + C(R, Φᵀ Z)              C a convolution; scaled and shifted by the CS ratio
        H = H + B(ReLU(A(H)))           once for each residual block
        X = R + E(H)                    E a convolution
        Z = Y − Φ X + ϕ Z

    Feature maps have half the image's resolution: each position holds a square of 2×2 pixels. α, ϕ and the
    scale and shift are learned functions of the CS ratio, one hidden layer each; α starts at 1 and ϕ at 0.1,
    scale and shift as if they were not there, and E at zero. Images, measurements and C are computed in
    float32, the rest in the compute dtype.

    >>> import numpy as np
    >>> images, ratio = np.ones((1, 8, 8, 1), "float32"), np.full((1, 1), np.log(0.25), "float32")
    >>> estimate, features, _ = FeatureStage(channels=4, blocks=1)(images, images, None, ratio)
    >>> tuple(estimate.shape), tuple(features.shape)
    ((1, 8, 8, 1), (1, 4, 4, 4))

    Args:
        channels: feature maps.
        blocks: residual blocks.
        units: of the hidden layer that looks at the CS ratio.
        conditions: how many numbers the stage is told: the CS ratio, and what a network adds to it.

    Call arguments:
        estimate: X, `(batch, height, width, 1)` in float32, even sides.
        back: Φᵀ Z, the same shape.
        features: H, `(batch, height / 2, width / 2, channels)`, or None before the first stage.
        ratio: natural logarithm of m / n, and what else the stage is told, `(batch, conditions)`.

    Returns:
        X, H, and ϕ, `(batch, 1, 1, 1)`.
    """

    def __init__(self, channels=64, blocks=3, units=16, conditions=1, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.channels, self.blocks, self.units, self.conditions = channels, blocks, units, conditions

    def build(self, estimate_shape=None):
        def kernel(name, inputs, outputs, start="he_normal"):
            return self.add_weight(
                name=name, shape=(3, 3, inputs, outputs), initializer=start, autocast=False
            )

        self.enter = kernel("enter", 2 * SQUARE**2, self.channels)
        self.first = [kernel(f"first_{i}", self.channels, self.channels) for i in range(self.blocks)]
        self.second = [
            kernel(f"second_{i}", self.channels, self.channels, "zeros") for i in range(self.blocks)
        ]
        self.leave = kernel("leave", self.channels, SQUARE**2, "zeros")
        self.hidden = keras.layers.Dense(self.units, activation="tanh", dtype="float32", name="hidden")
        self.hidden.build((None, self.conditions))
        self.told = keras.layers.Dense(
            2 * self.channels + 2, kernel_initializer="zeros", dtype="float32", name="told"
        )
        self.told.build((None, self.units))

    def call(self, estimate, back, features, ratio):
        told = self.told(self.hidden(ratio))[:, None, None, :]
        step, onsager = 1 + told[..., :1], 0.1 + told[..., 1:2]
        scale, shift = 1 + told[..., 2 : 2 + self.channels], told[..., 2 + self.channels :]
        refined = estimate + step * back
        seen = ops.concatenate([to_squares(refined, SQUARE), to_squares(back, SQUARE)], axis=-1)
        entered = self._cast(self._convolution(seen, self.enter))
        features = entered if features is None else features + entered
        features = features * self._cast(scale) + self._cast(shift)
        for first, second in zip(self.first, self.second, strict=True):
            inner = ops.relu(self._convolution(features, first))
            features = features + self._convolution(inner, second)
        left = ops.cast(self._convolution(features, self.leave), "float32")
        return refined + from_squares(left, SQUARE), features, onsager

    def _cast(self, values):
        return ops.cast(values, self.compute_dtype)

    def _convolution(self, features, kernel):
        return ops.conv(features, ops.cast(kernel, features.dtype), padding="same")

    def get_config(self):
        fields = ("channels", "blocks", "units", "conditions")
        return {**super().get_config(), **{field: getattr(self, field) for field in fields}}


def even(images):
    """Images with a row or column of zeros more where their sides are odd, as `FeatureStage` wants them."""
    height, width = ops.shape(images)[1:3]
    padded = ops.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0)))
    return padded[:, : height + height % 2, : width + width % 2]
