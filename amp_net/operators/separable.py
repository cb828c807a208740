"""Frames that two small matrices measure."""

import numpy as np
from keras import ops

from amp_net.operators.operator import Operator


class Separable(Operator):
    """`Y = A X Bᵀ`, that is y = (A ⊗ B) x, without the large matrix.

    >>> phi = Separable(np.ones((1, 2), "float32"), np.eye(2, dtype="float32"))
    >>> ops.convert_to_numpy(phi.forward(np.array([[1, 2], [3, 4]], "float32"))).tolist()
    [4.0, 6.0]

    Args:
        left: A, `(p, height)`, float32.
        right: B, `(q, width)`, float32; m = p · q, counted row by row.
    """

    def __init__(self, left: np.ndarray, right: np.ndarray) -> None:
        super().__init__(left.shape[0] * right.shape[0], (left.shape[1], right.shape[1]))
        self.left, self.right = left, right

    def forward(self, blocks):
        seen = ops.matmul(ops.matmul(self.left, blocks), ops.transpose(self.right))
        return ops.reshape(seen, (*ops.shape(blocks)[:-2], self.measurements))

    def transpose(self, measurements):
        grid = (*ops.shape(measurements)[:-1], self.left.shape[0], self.right.shape[0])
        seen = ops.reshape(measurements, grid)
        return ops.matmul(ops.matmul(ops.transpose(self.left), seen), self.right)
