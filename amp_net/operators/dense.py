"""Blocks that a matrix measures."""

from typing import Any

import numpy as np
from keras import ops

from amp_net.operators.operator import Operator


class Dense(Operator):
    """`y = Φ x` with a matrix that is written out.

    >>> phi = Dense(np.eye(4, dtype="float32")[:3], (2, 2))
    >>> ops.convert_to_numpy(phi.forward(np.array([[1, 2], [3, 4]], "float32"))).tolist()
    [1.0, 2.0, 3.0]

    Args:
        matrix: Φ, `(m, n)` with one measurement a row; float32.
        block_shape: height and width of a block, n pixels.

    Raises:
        ValueError: if the matrix has not so many columns.
    """

    def __init__(self, matrix: Any, block_shape: tuple[int, int]) -> None:
        m, n = matrix.shape
        if n != block_shape[0] * block_shape[1]:
            raise ValueError(
                f"A matrix of {m}×{n} measures {n} pixels; a block of {block_shape[0]}×{block_shape[1]} has "
                f"{block_shape[0] * block_shape[1]}."
            )
        super().__init__(m, block_shape)
        self.rows = matrix

    def forward(self, blocks):
        flat = ops.reshape(blocks, (*ops.shape(blocks)[:-2], self.shape[1]))
        return ops.matmul(flat, ops.transpose(self.rows))

    def transpose(self, measurements):
        flat = ops.matmul(measurements, self.rows)
        return ops.reshape(flat, (*ops.shape(measurements)[:-1], *self.block_shape))

    @property
    def matrix(self):
        """Φ as it was given."""
        return np.asarray(ops.convert_to_numpy(self.rows), "float32")
