"""The network for any Φ at one of them."""

import functools
from typing import Any

import numpy as np
from keras import ops

from amp_net import backends
from amp_net.models.fixed.by_turn import ByTurn
from amp_net.models.inputs.values import checked, finite, in_unit, of_whole_blocks
from amp_net.operators.operator import Operator
from amp_net.operators.orthonormal import remembered


class AtOperator:
    """An `AnyPhiAMPNet` for measurements by one Φ, as they come.

    >>> import numpy as np
    >>> from amp_net.models.any_phi import AnyPhiAMPNet
    >>> from amp_net.operators import Hadamard
    >>> network = AnyPhiAMPNet(stages=1, channels=4, blocks=1).at(Hadamard((8, 8), rows=range(16)))
    >>> tuple(network.sense(np.full((1, 8, 8, 1), 0.5, "float32")).shape)
    (1, 1, 1, 16)

    Args:
        network: an `AnyPhiAMPNet`.
        operator: Φ, which must not change.

    Raises:
        ValueError: if Φ is zero, or not finite.
    """

    WAYS = ("whole", "ensemble")
    MARGIN = 6
    """As in `AnyRatioAMPNet`."""
    STEP = 2
    """Likewise."""

    def __init__(self, network: Any, operator: Operator) -> None:
        self.network, self.operator = network, operator
        self.measurements, self.block_shape = operator.measurements, operator.block_shape
        self.orthonormal, self.whitening = remembered(operator)
        self.functions = ByTurn(self._function)

    @property
    def block_size(self) -> int:
        """Side of a block in pixels.

        Raises:
            ValueError: if blocks are no squares.
        """
        height, width = self.block_shape
        if height != width:
            raise ValueError(f"A block has {height}×{width} pixels; it must be a square here.")
        return height

    def sense(self, images: Any) -> Any:
        """Measures images `(batch, rows · height, columns · width, 1)` in [0, 1] to y, `(…, m)`.

        Raises:
            ValueError: if the images are not of whole blocks, not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        return self.operator.measure(in_unit(of_whole_blocks(images, self.block_shape), "images"))

    def reconstruct(self, measurements: Any, noise: float = 0.0, turn: int = 0) -> Any:
        """Rebuilds images from y `(batch, rows, columns, m)`; not clipped.

        Args:
            measurements: y.
            noise: standard deviation of the noise in y, of pixels in [0, 1].
            turn: as in `AMPNet.reconstruct`.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity, or the noise is
                no number of at least 0.
        """
        if not 0 <= noise < np.inf:
            raise ValueError(f"The noise is {noise}; it is a standard deviation of 0 or more.")
        measurements = checked(measurements, (None, None, self.measurements), "measurements")
        white = self.whitening(finite(measurements, "measurements"))
        return self.functions(turn)(white, ops.full((1,), noise * self.whitening.gain, "float32"))

    def _function(self, turn):
        rebuild = functools.partial(self.network, operator=self.orthonormal, turn=turn)
        return backends.compiled(lambda y, noise: rebuild(y, noise=noise))
