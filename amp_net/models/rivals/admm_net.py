"""ADMM-Net for a block Φ: the iterations of ADMM, unrolled."""

import keras
import numpy as np
from keras import ops

from amp_net.models.rivals.rival import Rival

POINTS, REACH = 101, 1.0
"""Control points of the piecewise linear functions, evenly spaced from −1 to 1, as theirs."""


@keras.saving.register_keras_serializable("amp_net")
class PiecewiseLinear(keras.layers.Layer):
    """A learned function of a number for each channel, linear between `POINTS`.

    Beyond the points it goes on with a slope of 1. It starts as the identity.

    >>> ops.convert_to_numpy(PiecewiseLinear()(ops.array([[-3.0, 0.5]]))).round(4).tolist()
    [[-3.0, 0.5]]

    Call arguments:
        features: float32 `(…, channels)`.

    Returns:
        float32 of the same shape.
    """

    def build(self, features_shape):
        self.channels = features_shape[-1]
        points = np.linspace(-REACH, REACH, POINTS, dtype="float32")
        # Row by row of points, so that a channel's value is found by one index.
        start = np.repeat(points[:, None], self.channels, axis=1).ravel()
        self.values = self.add_weight(
            autocast=False,
            name="values",
            shape=start.shape,
            initializer=lambda shape, dtype=None: ops.cast(start, dtype),
        )

    def call(self, features):
        inside = ops.clip(features, -REACH, REACH)
        position = (inside + REACH) * ((POINTS - 1) / (2 * REACH))
        left = ops.clip(ops.floor(position), 0, POINTS - 2)
        index = ops.cast(left, "int32") * self.channels + ops.arange(self.channels, dtype="int32")
        below, above = (ops.take(self.values, index + more) for more in (0, self.channels))
        return below + (position - left) * (above - below) + features - inside


@keras.saving.register_keras_serializable("amp_net")
class ADMMStage(keras.layers.Layer):
    """One iteration, the layers X, Z and M of ADMM-CSNet, for Φ with orthonormal rows.

        x(k) = (ΦᵀΦ + ρ I)⁻¹ (Φᵀ y + ρ v) = v + Φᵀ (y − Φ v) / (1 + ρ),  v = z(k−1) − β(k−1)
        z(k) = x(k) + β(k−1) − C₂ S(C₁ (x(k) + β(k−1)))
        β(k) = β(k−1) + η (x(k) − z(k))

    with C₁ and C₂ convolutions and S a `PiecewiseLinear`; ρ and η are learned.

    >>> from amp_net.layers import Sensing
    >>> blocks, sensing = 0.5 * ops.ones((2, 8, 8, 1)), Sensing(16, 8)
    >>> stage = ADMMStage(channels=4)
    >>> estimate, split, multiplier = stage(blocks, 0 * blocks, sensing(blocks), sensing=sensing)
    >>> tuple(estimate.shape)
    (2, 8, 8, 1)

    Args:
        channels: of C₁.
        side: of the kernels.

    Call arguments:
        split, multiplier: z(k−1) and β(k−1), `(batch, side, side, 1)`; of the first stage both are zero.
        measurements: y, `(batch, m)`.
        sensing: Φ.

    Returns:
        x(k), z(k) and β(k).
    """

    def __init__(self, channels=32, side=5, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.channels, self.side = channels, side
        fields = {"padding": "same", "dtype": self.dtype_policy}
        normal = keras.initializers.RandomNormal(stddev=0.025)
        self.first = keras.layers.Conv2D(channels, side, name="first", kernel_initializer=normal, **fields)
        self.function = PiecewiseLinear(dtype="float32", name="function")
        # So that the network starts as the linear recovery.
        self.second = keras.layers.Conv2D(1, side, name="second", kernel_initializer="zeros", **fields)

    def build(self, split_shape=None, multiplier_shape=None, measurements_shape=None):
        # The logarithm keeps ρ above 0; theirs starts at 0.1.
        self.log_penalty, self.rate = (
            self.add_weight(
                autocast=False, name=name, shape=(), initializer=keras.initializers.Constant(start)
            )
            for name, start in (("log_penalty", np.log(0.1)), ("rate", 1.0))
        )
        self.first.build((None, None, None, 1))
        self.function.build((None, None, None, self.channels))
        self.second.build((None, None, None, self.channels))
        self.built = True

    def call(self, split, multiplier, measurements, sensing):
        held = split - multiplier
        left = sensing.adjoint(measurements - sensing(held))
        estimate = held + left / (1 + ops.exp(self.log_penalty))
        given = estimate + multiplier
        features = self.function(ops.cast(self.first(given), "float32"))
        split = given - ops.cast(self.second(features), "float32")
        return estimate, split, multiplier + self.rate * (estimate - split)

    def get_config(self):
        return {**super().get_config(), "channels": self.channels, "side": self.side}


@keras.saving.register_keras_serializable("amp_net")
class ADMMNet(Rival):
    """Yang, Sun, Li and Xu, "ADMM-CSNet" (IEEE TPAMI 42(3), 2020), for blocks of photographs.

        x(0) = z(0) = the best linear recovery,  β(0) = 0
        K of `ADMMStage`, and a last x(K+1)

    Theirs is for the Fourier transform, of which some frequencies are measured; ΦᵀΦ + ρI is inverted likewise
    for any Φ with orthonormal rows. Theirs has 128 filters of 5×5, alike in ten stages, and starts from zero;
    the start, the fewer filters and that each stage has its own are ours. The loss is theirs, the norm of the
    error by that of the block.

    >>> import numpy as np
    >>> network = ADMMNet(cs_ratio=25, block_size=8, stages=1, channels=4)
    >>> network.set_sensing_matrix(np.eye(16, 64, dtype="float32"))
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio, block_size: as in `Rival`.
        stages: K.
        channels, side: of each `ADMMStage`.
    """

    KIND = "admm_net"
    OWN_LOSS = "the norm of the error by that of the block"

    def __init__(self, cs_ratio=25, block_size=33, stages=9, channels=32, side=5, **kwargs):
        fields = {"stages": stages, "channels": channels, "side": side}
        super().__init__(cs_ratio, block_size, fields, **kwargs)
        self.initialization.trainable = False
        self.stages = [
            ADMMStage(channels, side, dtype=self.dtype_policy, name=f"stage_{k}")
            for k in range(1, stages + 1)
        ]
        for stage in self.stages:
            stage.build()
        self.log_penalty = self.add_weight(
            autocast=False,
            name="log_penalty",
            shape=(),
            initializer=keras.initializers.Constant(np.log(0.1)),
            dtype="float32",
        )
        self.built = True

    def set_sensing_matrix(self, matrix, start=None):
        """As `Rival.set_sensing_matrix`; raises a ValueError too if the rows are not orthonormal."""
        if not np.allclose(matrix @ np.transpose(matrix), np.eye(len(matrix)), atol=1e-3):
            raise ValueError(
                "ADMM-Net needs a sensing matrix with orthonormal rows, as operators.gaussian gives."
            )
        super().set_sensing_matrix(matrix, start)

    def restored(self, measurements, training=False):
        split = self.initialization(measurements)
        multiplier = ops.zeros_like(split)
        for stage in self.stages:
            _, split, multiplier = stage(split, multiplier, measurements, sensing=self.sensing)
        held = split - multiplier
        left = self.sensing.adjoint(measurements - self.sensing(held))
        return held + left / (1 + ops.exp(self.log_penalty))

    def error(self, restored, blocks):
        """The mean over blocks of |x − x̂| / |x|, theirs."""
        norms = (
            ops.sqrt(ops.sum(ops.square(of), axis=(1, 2, 3)) + 1e-8) for of in (restored - blocks, blocks)
        )
        return ops.mean(ops.divide(*norms))
