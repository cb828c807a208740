"""ReconNet: a linear map, then convolutions."""

import keras
import numpy as np
from keras import ops

from amp_net.models.rivals.rival import Rival

CONVOLUTIONS = ((64, 11), (32, 1), (1, 7))
"""Feature maps and side of the kernel of a unit's convolutions."""
STARTS = ("zeros", "identity")


@keras.saving.register_keras_serializable("amp_net")
class ReconUnit(keras.layers.Layer):
    """Three zero-padded convolutions of `CONVOLUTIONS`, from one map to one, with a ReLU after the first two.

    >>> unit = ReconUnit(start="identity")
    >>> ops.convert_to_numpy(unit(0.5 * ops.ones((1, 1, 2, 1)))).ravel().tolist()
    [0.5, 0.5]

    Args:
        normalized: whether real batch normalisation stands before these two ReLUs.
        use_bias: whether the convolutions add a bias.
        start: `"zeros"`, the last convolution starts as zeros, so that the unit gives none; or `"identity"`,
            the unit starts as what leaves an image as it is where that is not below 0. Both are ours: theirs
            start at random and take a million steps.

    Call arguments:
        images: `(batch, height, width, 1)`.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        float32 of the same shape.

    Raises:
        ValueError: if there is no such start.
    """

    def __init__(self, normalized=False, use_bias=True, start="zeros", **kwargs):
        super().__init__(**kwargs)
        if start not in STARTS:
            raise ValueError(f"A unit starts as {' or '.join(STARTS)}, not {start!r}.")
        self.normalized, self.use_bias, self.start = normalized, use_bias, start
        self.convolutions = [
            keras.layers.Conv2D(
                maps,
                side,
                padding="same",
                use_bias=use_bias,
                kernel_initializer="zeros" if maps == 1 and start == "zeros" else "glorot_uniform",
                dtype=self.dtype_policy,
                name=f"convolution_{number}",
            )
            for number, (maps, side) in enumerate(CONVOLUTIONS, 1)
        ]
        # What is usual would remember the start for all of a training of minutes.
        self.normalizations = [
            keras.layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"normalization_{number}")
            for number in range(1, len(CONVOLUTIONS))
            if normalized
        ]

    def build(self, images_shape=None):
        entering = 1
        for number, convolution in enumerate(self.convolutions):
            convolution.build((None, None, None, entering))
            entering = convolution.filters
            if number < len(self.normalizations):
                self.normalizations[number].build((None, None, None, entering))
            if self.start == "identity":
                kernel = np.array(ops.convert_to_numpy(ops.convert_to_tensor(convolution.kernel)))
                kernel[..., 0] = 0
                kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, 0, 0] = 1
                convolution.kernel.assign(kernel)
        self.built = True

    def call(self, images, training=False):
        maps = images
        for number, convolution in enumerate(self.convolutions):
            maps = convolution(maps)
            if number < len(self.normalizations):
                maps = self.normalizations[number](maps, training=training)
            if number + 1 < len(self.convolutions):
                maps = ops.relu(maps)
        return ops.cast(maps, "float32")

    def get_config(self):
        fields = {"normalized": self.normalized, "use_bias": self.use_bias, "start": self.start}
        return {**super().get_config(), **fields}


def make_units(count, **fields):
    """New `ReconUnit` layers with these fields, `unit_1` and so on."""
    units = [ReconUnit(name=f"unit_{number}", **fields) for number in range(1, count + 1)]
    for unit in units:
        unit.build()
    return units


def refined(estimate, units, training):
    """Images to which each unit has added what it makes of them."""
    for unit in units:
        estimate = estimate + unit(estimate, training=training)
    return estimate


@keras.saving.register_keras_serializable("amp_net")
class ReconNet(Rival):
    """Kulkarni, Lohit, Turaga, Kerviche and Ashok (CVPR 2016, arXiv 1601.06892).

        X(0) = W_Q y
        X = U₂(max(U₁(X(0)), 0)),  with units U of three convolutions

    Φ is Gaussian with orthonormal rows. Sizes are those of the network that they published
    (github.com/KuldeepKulkarni/ReconNet). It is trained on the mean squared error, by stochastic gradients
    with a momentum of 0.9, a rate of 1e-4, batches of 128 and a million steps; their figures come with BM3D
    behind the network or without it, and here is none.

    >>> import numpy as np
    >>> network = ReconNet(cs_ratio=25, block_size=8)
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio, block_size: as in `Rival`; theirs is 33.
    """

    KIND = "recon_net"

    def __init__(self, cs_ratio=25, block_size=33, **kwargs):
        super().__init__(cs_ratio, block_size, **kwargs)
        self.units = make_units(2, start="identity", dtype=self.dtype_policy)
        self.built = True

    def restored(self, measurements, training=False):
        first, second = self.units
        return second(
            ops.relu(first(self.initialization(measurements), training=training)), training=training
        )
