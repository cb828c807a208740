"""One network for any sensing matrix, which is an input and not a weight. Ours, beyond the paper."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import keras
from keras import ops

from amp_net.layers.beyond.across_blocks import turned, turned_back
from amp_net.layers.beyond.feature_stage import FeatureStage, even
from amp_net.models.fields import check_size
from amp_net.models.fixed.at_operator import AtOperator
from amp_net.models.stored import Stored
from amp_net.operators.operator import Operator
from amp_net.operators.smoothest import smoothest

if TYPE_CHECKING:
    from typing_extensions import Self

PRESET = "amp_net_any_phi"
"""The network of this package."""
NOISE_UNIT = 1e-3
"""Standard deviation of noise, of pixels in [0, 1], that the network is told as log 2."""
SIDE = 33
"""Side in pixels of the block that the network is told as 0."""


@keras.saving.register_keras_serializable("amp_net")
class AnyPhiAMPNet(Stored):
    """Rebuilds images from measurements by any Φ, by unrolled AMP iterations across blocks.

        X(0) = the smoothest image that explains Y, see `operators.smoothest`;  Z(0) = Y − Q X(0)
        X(k), H(k) = `FeatureStage` k of X(k−1), Qᵀ Z(k−1), H(k−1);  Z(k) = Y − Q X(k) + ϕ(k) Z(k−1)
        X = X(K) + γ Qᵀ (Y − Q X(K)),  γ = 1 / (1 + (σ / τ)²)

    Q is a sensing operator with orthonormal rows that spans what Φ does, and Y are the measurements by it,
    see `operators.orthonormal`. Every stage is told the natural logarithm of m / n, the noise σ of Y and the
    size of a block; τ is a learned function of these. Without noise the image agrees with Y, so that as many
    measurements as pixels give the image itself.

    The network is not trained by `fit`, since nothing says there which Φ are wanted; see
    `experiments.recipe.any_phi`.

    >>> import numpy as np
    >>> from amp_net.operators.gaussian import gaussian
    >>> network = AnyPhiAMPNet(stages=1, channels=4, blocks=1).at(gaussian(16, (8, 8)))
    >>> y = network.sense(np.full((1, 16, 16, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((1, 2, 2, 16), (1, 16, 16, 1))

    Args:
        stages: K.
        channels, blocks: of each stage, see `FeatureStage`.
    """

    KIND = "any_phi"

    def __init__(self, stages: int = 10, channels: int = 64, blocks: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = {"stages": stages, "channels": channels, "blocks": blocks}
        check_size({**self.config, "block_size": 1})
        self.stages = [
            FeatureStage(channels, blocks, conditions=3, dtype=self.dtype_policy, name=f"stage_{k}")
            for k in range(1, stages + 1)
        ]
        # The logarithm of τ.
        self.closing = keras.layers.Dense(
            1,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(math.log(0.02)),
            dtype="float32",
            name="closing",
        )
        self.build()

    def build(self, images_shape=None):
        for stage in self.stages:
            stage.build()
        self.closing.build((None, 3))
        self.built = True

    def call(self, measurements, operator=None, noise=0.0, used=None, turn=0):
        """Rebuilds images; not clipped.

        Args:
            measurements: Y, `(batch, rows, columns, m)`.
            operator: Q, an `Operator` with orthonormal rows.
            noise: σ of each image, `(batch,)`, or of all.
            used: which of the m numbers have been measured, 1 or 0, `(batch, 1, 1, m)`; the others are zero.
                None for all.
            turn: one of `across_blocks.TURNS`, in which the CNNs are shown the images.

        Returns:
            Images `(batch, rows · height, columns · width, 1)`.
        """
        if operator is None:
            raise ValueError("The network is told by which sensing operator the measurements were made.")
        count = operator.measurements if used is None else ops.sum(used, axis=-1)[:, 0, 0]
        mask, told = (1.0 if used is None else used), conditions(count, noise, operator.shape[1])

        def left(estimate):
            return measurements - mask * operator.measure(estimate)

        deviation = NOISE_UNIT * ops.expm1(told[:, 1:2])
        counts = operator.shape[1] * ops.exp(told[:, :1])
        estimate, features = smoothest(operator, measurements, deviation, counts, mask), None
        residual = left(estimate)
        for stage in self.stages:
            back = operator.adjoint(residual)
            seen = turned(estimate, turn)
            shown, features, onsager = stage(even(seen), even(turned(back, turn)), features, told)
            height, width = ops.shape(seen)[1:3]
            estimate = turned_back(shown[:, :height, :width], turn)
            unexplained = left(estimate)
            residual = unexplained + onsager * residual
        share = 1 / (1 + ops.square(deviation / ops.exp(self.closing(told))))
        return estimate + share[:, :, None, None] * operator.adjoint(unexplained)

    def at(self, operator: Operator) -> AtOperator:
        """This network for measurements by one Φ: an `AtOperator`.

        Args:
            operator: Φ as it is; its rows need not be orthogonal.

        Raises:
            ValueError: if Φ is zero, or not finite.
        """
        return AtOperator(self, operator)

    @classmethod
    def from_preset(cls, preset: str | Path = PRESET, dtype: str | None = None) -> Self:
        """As `Stored.from_preset`; by default the network of this package."""
        return super().from_preset(preset, dtype)

    def fit(self, *arguments: Any, **kwargs: Any) -> NoReturn:
        """Not for this model.

        Raises:
            ValueError: always, since nothing says which Φ the network is to be trained for.
        """
        raise ValueError(
            "This network is trained over many sensing matrices by experiments.recipe.any_phi; fit has none."
        )


def conditions(count, noise, pixels):
    """What the stages are told.

    Args:
        count: m of each image, `(batch,)`, or of all.
        noise: σ, likewise.
        pixels: n.

    Returns:
        float32 `(batch, 3)`, or `(1, 3)` of numbers for all.
    """
    count, noise = (ops.reshape(ops.cast(value, "float32"), (-1, 1)) for value in (count, noise))
    ratio, level = ops.log(count / pixels), ops.log1p(noise / NOISE_UNIT)
    size = ops.full_like(ratio, math.log(math.sqrt(pixels) / SIDE))
    zero = 0 * (ratio + level)
    return ops.concatenate([ratio + zero, level + zero, size + zero], axis=-1)
