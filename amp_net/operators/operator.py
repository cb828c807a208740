"""The face of a sensing operator."""

import math
from typing import Any

import numpy as np
from keras import ops

MOST_ENTRIES = 2**26
"""Entries of a matrix that is written out, at most."""


class Operator:
    """Measures every block of images with the same Φ: `y = Φ x`, the pixels x counted row by row.

    A subclass has the methods `forward` and `transpose` of single blocks.

    >>> class Columns(Operator):
    ...     def forward(self, blocks):
    ...         return ops.sum(blocks, -2)
    ...
    ...     def transpose(self, measurements):
    ...         return ops.repeat(measurements[..., None, :], self.block_shape[0], -2)
    >>> print(Columns(3, (2, 3)).matrix)
    [[1. 0. 0. 1. 0. 0.]
     [0. 1. 0. 0. 1. 0.]
     [0. 0. 1. 0. 0. 1.]]

    Args:
        measurements: m.
        block_shape: height and width of a block in pixels; of a frame that is measured as a whole, its own.
    """

    def __init__(self, measurements: int, block_shape: tuple[int, int]) -> None:
        self.measurements = measurements
        self.block_shape = height, width = block_shape
        self.shape = (measurements, height * width)

    def forward(self, blocks: Any) -> Any:
        """`Φ x`: blocks `(…, height, width)` to y, `(…, m)`."""
        raise NotImplementedError

    def transpose(self, measurements: Any) -> Any:
        """`Φᵀ z`: z `(…, m)` to blocks `(…, height, width)`."""
        raise NotImplementedError

    def measure(self, images: Any) -> Any:
        """Measures images of whole blocks.

        Args:
            images: `(batch, rows · height, columns · width, 1)`.

        Returns:
            y, `(batch, rows, columns, m)`.
        """
        height, width = self.block_shape
        rows, columns = (ops.shape(images)[1] // height, ops.shape(images)[2] // width)
        grid = ops.reshape(images, (-1, rows, height, columns, width))
        return self.forward(ops.transpose(grid, (0, 1, 3, 2, 4)))

    def adjoint(self, measurements: Any) -> Any:
        """The transpose of `measure`: `(batch, rows, columns, m)` to images of `(…, 1)`."""
        height, width = self.block_shape
        rows, columns = ops.shape(measurements)[1:3]
        grid = ops.transpose(self.transpose(measurements), (0, 1, 3, 2, 4))
        return ops.reshape(grid, (-1, rows * height, columns * width, 1))

    @property
    def matrix(self) -> np.ndarray:
        """Φ written out, float32 `(m, n)`, one measurement a row.

        Raises:
            ValueError: if it has more than `MOST_ENTRIES`.
        """
        if math.prod(self.shape) > MOST_ENTRIES:
            raise ValueError(
                f"A matrix of {self.shape} has more than {MOST_ENTRIES} entries; use the operator."
            )
        columns = self.forward(np.eye(self.shape[1], dtype="float32").reshape(-1, *self.block_shape))
        return np.ascontiguousarray(ops.convert_to_numpy(columns).T)
