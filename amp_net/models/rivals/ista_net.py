"""ISTA-Net and ISTA-Net+: the iterations of ISTA, unrolled."""

import keras
from keras import ops

from amp_net.layers.denoiser.convolution import Convolution
from amp_net.models.rivals.rival import Rival

SYMMETRY = 0.01
"""γ, the weight of the symmetry of F and F̃ in the loss."""


@keras.saving.register_keras_serializable("amp_net")
class ISTAPhase(keras.layers.Layer):
    """One phase: the r(k) module of the paper, and its x(k) module.

        r(k) = x(k−1) − λ(k) Φᵀ(Φ x(k−1) − y)
        x(k) = F̃(soft(F(r(k)), θ(k)))                in ISTA-Net
        x(k) = r(k) + G F̃(soft(F D r(k), θ(k)))      in ISTA-Net+

    with F and F̃ two 3×3 convolutions each, a ReLU between, and D and G one.

    >>> from amp_net.layers import Sensing
    >>> blocks, sensing = 0.5 * ops.ones((2, 8, 8, 1)), Sensing(16, 8)
    >>> estimate, _ = ISTAPhase(channels=4)(blocks, sensing(blocks), sensing=sensing)
    >>> tuple(estimate.shape)
    (2, 8, 8, 1)

    Args:
        channels: feature maps; theirs are 32.
        plus: whether it is ISTA-Net+.

    Call arguments:
        estimate: x(k−1), `(batch, side, side, 1)`.
        measurements: y, `(batch, m)`.
        sensing: Φ.
        training: whether the symmetry is wanted too.

    Returns:
        x(k), float32, and in training F̃ F u − u, with u what F is given; else None.
    """

    def __init__(self, channels=32, plus=True, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.channels, self.plus = channels, plus

        def convolution(name, filters, activation=None):
            return Convolution(filters, activation=activation, dtype=self.dtype_policy, name=name)

        self.entry = convolution("entry", channels) if plus else None
        self.transform = [convolution("transform_1", channels, "relu"), convolution("transform_2", channels)]
        self.inverse = [
            convolution("inverse_1", channels, "relu"),
            convolution("inverse_2", channels if plus else 1),
        ]
        self.exit = convolution("exit", 1) if plus else None

    def build(self, estimate_shape=None, measurements_shape=None):
        self.step, self.threshold = (
            self.add_weight(
                autocast=False, name=name, shape=(), initializer=keras.initializers.Constant(start)
            )
            for name, start in (("step", 0.5), ("threshold", 0.01))
        )
        one, many = (None, None, None, 1), (None, None, None, self.channels)
        if self.plus:
            self.entry.build(one)
            self.exit.build(many)
        self.transform[0].build(many if self.plus else one)
        for layer in (self.transform[1], *self.inverse):
            layer.build(many)
        self.built = True

    def call(self, estimate, measurements, sensing, training=False):
        moved = estimate - self.step * sensing.adjoint(sensing(estimate) - measurements)
        entered = self.entry(moved) if self.plus else moved
        sparse = ops.cast(_both(self.transform, entered), "float32")
        shrunk = ops.sign(sparse) * ops.relu(ops.abs(sparse) - self.threshold)
        features = _both(self.inverse, shrunk)
        restored = moved + ops.cast(self.exit(features), "float32") if self.plus else features
        symmetry = ops.cast(_both(self.inverse, sparse) - entered, "float32") if training else None
        return ops.cast(restored, "float32"), symmetry

    def get_config(self):
        return {**super().get_config(), "channels": self.channels, "plus": self.plus}


@keras.saving.register_keras_serializable("amp_net")
class ISTANet(Rival):
    """Zhang and Ghanem (CVPR 2018, arXiv 1706.07929).

    x(0) = Q y is the best linear recovery over the training blocks, which is not trained, as Φ is not, a
    Gaussian matrix with orthonormal rows. The loss is the mean squared error and γ times the mean square of
    F̃ F u − u, summed over the phases. Sizes, starts and loss are those of the code that they published
    (github.com/jianzhangcs/ISTA-Net-PyTorch), which trains by Adam at 1e-4 with batches of 64, 200 epochs of
    88 912 blocks.

    >>> import numpy as np
    >>> network = ISTANet(cs_ratio=25, block_size=8, phases=1, channels=4)
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio, block_size: as in `Rival`; theirs is 33.
        phases: K; theirs are 9.
        channels: of each `ISTAPhase`.
    """

    KIND = "ista_net"
    PLUS = False
    OWN_LOSS = "the mean squared error and that of the symmetry of its transforms"

    def __init__(self, cs_ratio=25, block_size=33, phases=9, channels=32, **kwargs):
        super().__init__(cs_ratio, block_size, {"phases": phases, "channels": channels}, **kwargs)
        self.initialization.trainable = False
        self.phases = [
            ISTAPhase(channels, self.PLUS, dtype=self.dtype_policy, name=f"phase_{k}")
            for k in range(1, phases + 1)
        ]
        for phase in self.phases:
            phase.build()
        self.built = True

    def restored(self, measurements, training=False):
        estimate = self.initialization(measurements)
        for phase in self.phases:
            estimate, symmetry = phase(estimate, measurements, sensing=self.sensing, training=training)
            if training:
                self.add_loss(SYMMETRY * ops.mean(ops.square(symmetry)))
        return estimate


@keras.saving.register_keras_serializable("amp_net")
class ISTANetPlus(ISTANet):
    """ISTA-Net+ of the same paper: an `ISTANet` whose phases learn what r lacks.

    >>> import numpy as np
    >>> network = ISTANetPlus(cs_ratio=25, block_size=8, phases=1, channels=4)
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))
    """

    KIND = "ista_net_plus"
    PLUS = True


def _both(layers, features):
    first, second = layers
    return second(first(features))
