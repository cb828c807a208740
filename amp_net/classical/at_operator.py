"""A classical method for one Φ, with the face of a network."""

import math

import numpy as np
from keras import ops

from amp_net.classical.methods import Method, find
from amp_net.models.inputs.sensing_matrix import sensing_matrix
from amp_net.models.inputs.values import checked, checked_measurements, in_unit
from amp_net.operators.dense import Dense
from amp_net.operators.operator import Operator


class Classical:
    """Senses by Φ, and rebuilds by a method that needs nothing trained.

    >>> method = Classical(Dense(np.eye(16, dtype="float32"), (4, 4)), "pinv")
    >>> blocks = np.full((2, 4, 4, 1), 0.5, "float32")
    >>> method.sense(blocks).shape, bool(np.allclose(method(blocks), blocks, atol=1e-5))
    ((2, 16), True)

    Args:
        operator: Φ, of square blocks.
        method: one of `METHODS`, one's own as `package.module:function`, or a function.

    Attributes:
        sensing: Φ, of which `matrix` is Φ written out.

    Raises:
        ValueError: if blocks are no squares, or there is no such method.
    """

    WAYS: tuple[str, ...] = ("whole", "blockwise")
    MARGIN = 2
    """Blocks around a tile of a large image that a method sees too; none of ours looks so far by itself, but
    what is estimated of a whole image, as the noise, is estimated of the tile then."""
    STEP = 1

    def __init__(self, operator: Operator, method: str | Method = "amp") -> None:
        height, width = operator.block_shape
        if height != width:
            raise ValueError(f"A block has {height}×{width} pixels; it must be a square here.")
        self.sensing, self.block_size, self.measurements = operator, height, operator.measurements
        self.method = find(method) if isinstance(method, str) else method

    @classmethod
    def of_matrix(cls, matrix: np.ndarray, method: str | Method = "amp") -> "Classical":
        """Likewise, of Φ as an array.

        Args:
            matrix: Φ, `(m, n)` with one measurement a row; n is the square of the block size.
            method: as above.

        Raises:
            ValueError: if there is no such sensing matrix, see `sensing_matrix`, or no such method.
        """
        matrix = sensing_matrix(matrix)
        side = math.isqrt(matrix.shape[1])
        return cls(Dense(matrix, (side, side)), method)

    def __call__(self, blocks: np.ndarray) -> np.ndarray:
        """Senses and rebuilds blocks `(batch, block_size, block_size, 1)`; not clipped."""
        return self.reconstruct(self.sense(blocks))

    def sense(self, blocks: np.ndarray) -> np.ndarray:
        """Measures blocks `(batch, block_size, block_size, 1)` in [0, 1] to y, `(batch, m)`.

        Raises:
            ValueError: if the blocks have another shape, are not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        shape = (self.block_size, self.block_size, 1)
        blocks = in_unit(checked(blocks, shape, "blocks"), "blocks")
        return ops.convert_to_numpy(self.sensing.forward(blocks[..., 0]))

    def reconstruct(self, measurements: np.ndarray, turn: int = 0) -> np.ndarray:
        """Rebuilds blocks from y `(batch, m)`, or images from y `(batch, rows, columns, m)`; not clipped.

        Args:
            measurements: y.
            turn: 0; a method has no turns.

        Returns:
            float32 `(batch, height, width, 1)`.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity, or the method
                cannot rebuild it.
        """
        y = ops.convert_to_numpy(checked_measurements(measurements, self.measurements))
        return self.method(self.sensing, y if y.ndim == 4 else y[:, None, None])
