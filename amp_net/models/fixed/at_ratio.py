"""The network for all ratios at one of them."""

import functools
from typing import Any

from keras import ops

from amp_net import backends
from amp_net.layers import Sensing
from amp_net.models.fixed.by_turn import ByTurn
from amp_net.models.fixed.optimized import check_dtype, copy_of, policy_of
from amp_net.models.inputs.values import checked, checked_measurements, in_unit


class AtRatio:
    """An `AnyRatioAMPNet` that measures every block with the first m rows of its Φ.

    It has the face of an `AMPNet` that senses and rebuilds, except that it rebuilds whole images only.

    >>> import numpy as np
    >>> from amp_net.models.any_ratio import AnyRatioAMPNet
    >>> network = AnyRatioAMPNet(stages=1, channels=4, blocks=1, measurements=32, block_size=8).at(25)
    >>> tuple(network.sense(np.full((4, 8, 8, 1), 0.5, "float32")).shape)
    (4, 16)

    Args:
        network: an `AnyRatioAMPNet`.
        measurements: m.

    Raises:
        ValueError: if the network does not take so many measurements.
    """

    WAYS = ("whole", "ensemble")

    def __init__(self, network: Any, measurements: int) -> None:
        network.check_count(measurements)
        self.measured_by, self.network = network, network.with_orthonormal_rows()
        self.measurements = measurements
        self.block_size, self.MARGIN, self.STEP = network.block_size, network.MARGIN, network.STEP
        self.sensing = Sensing(measurements, self.block_size, dtype="float32")
        self.sensing.build()
        self.sensing.set_matrix(network.sensing.matrix[:measurements])
        self.mixing = network.sensing.mixing(measurements) if network.sensing.binary else None
        self.functions = ByTurn(self._function)

    def __call__(self, blocks: Any) -> Any:
        """Senses and rebuilds blocks, each as an image of its own."""
        return self.reconstruct(self.sense(blocks))

    def sense(self, blocks: Any) -> Any:
        """Measures blocks: `(batch, block_size, block_size, 1)` in [0, 1] to y, `(batch, m)`.

        Raises:
            ValueError: if the blocks have another shape, are not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        shape = (self.block_size, self.block_size, 1)
        return self.sensing(in_unit(checked(blocks, shape, "blocks"), "blocks"))

    def reconstruct(self, measurements: Any, turn: int = 0) -> Any:
        """Rebuilds images from y, as `AMPNet.reconstruct` does; single blocks are images of one block each.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity.
        """
        measurements = checked_measurements(measurements, self.measurements)
        if len(measurements.shape) == 2:
            measurements = measurements[:, None, None]
        if self.mixing is not None:
            measurements = ops.matmul(measurements, self.mixing)
        return self.functions(turn)(measurements)

    def optimized(self, dtype: str = "float32") -> "AtRatio":
        """The same with feature maps of another dtype; later changes of the network do not show.

        Raises:
            ValueError: if the dtype is another than those of `AMPNet.optimized`.
        """
        check_dtype(dtype)
        return type(self)(copy_of(self.measured_by, policy_of(dtype)), self.measurements)

    def _function(self, turn):
        function = functools.partial(self.network.reconstruct, turn=turn)
        return backends.compiled(function, (None, None, None, self.measurements))
