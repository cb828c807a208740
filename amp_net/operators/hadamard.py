"""Frames that rows of the Hadamard matrix measure."""

from typing import Any

import numpy as np
import scipy.linalg
from keras import ops

from amp_net.operators.operator import Operator


class Hadamard(Operator):
    """Rows of the Hadamard matrix of order n = height · width, each as a pattern of ±`weight`.

    Sylvester's matrix of order n is the Kronecker product of those of orders height and width, so a frame is
    transformed by two small products, and no n × n matrix is made.

    >>> phi = Hadamard((2, 2), rows=[0, 1])
    >>> ops.convert_to_numpy(phi.forward(np.array([[1, 2], [3, 4]], "float32"))).tolist()
    [10.0, -2.0]

    Args:
        block_shape: height and width of a frame, powers of two.
        rows: which rows of Sylvester's matrix (the natural order) are measured, in this order: whole numbers
            `(m,)` from 0 to n − 1, none twice; see `orders.order`.
        weight: magnitude of the entries; 1 / √n makes the rows orthonormal.

    Raises:
        ValueError: if a side is no power of two, or the rows are not such numbers.
    """

    def __init__(self, block_shape: tuple[int, int], rows: Any, weight: float = 1.0) -> None:
        for side in block_shape:
            if side < 1 or side & (side - 1):
                raise ValueError(
                    f"A Hadamard frame has sides of powers of two, not {block_shape[0]}×{block_shape[1]}."
                )
        rows, n = np.asarray(rows), block_shape[0] * block_shape[1]
        whole = rows.ndim == 1 and rows.size and np.issubdtype(rows.dtype, np.integer)
        if not whole or rows.min() < 0 or rows.max() >= n or len(np.unique(rows)) < len(rows):
            raise ValueError(
                f"The rows of a Hadamard matrix of order {n} are 0 to {n - 1}, each at most once."
            )
        super().__init__(len(rows), block_shape)
        self.rows, self.weight = rows.astype("int32"), weight
        self.left, self.right = (scipy.linalg.hadamard(side).astype("float32") for side in block_shape)
        # Where each row of the whole transform stands among the measurements; the last place is a zero.
        self.places = np.full(n, len(rows), "int32")
        self.places[rows] = np.arange(len(rows))

    def forward(self, blocks):
        flat = ops.reshape(self._transformed(blocks), (*ops.shape(blocks)[:-2], self.shape[1]))
        return self.weight * ops.take(flat, self.rows, axis=-1)

    def transpose(self, measurements):
        zero = ops.zeros_like(measurements[..., :1])
        flat = ops.take(ops.concatenate([measurements, zero], axis=-1), self.places, axis=-1)
        return self.weight * self._transformed(
            ops.reshape(flat, (*ops.shape(measurements)[:-1], *self.block_shape))
        )

    def _transformed(self, blocks):
        """The whole transform, which is its own transpose."""
        return ops.matmul(ops.matmul(self.left, blocks), self.right)
