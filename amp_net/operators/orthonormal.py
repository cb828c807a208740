"""Any Φ as one with orthonormal rows, which is what iterations and networks work with."""

import functools

import numpy as np
from keras import ops

from amp_net.operators.dense import Dense
from amp_net.operators.hadamard import Hadamard
from amp_net.operators.operator import Operator
from amp_net.operators.separable import Separable

SMALLEST = 1e-3
"""Singular values of Φ below this part of the largest are left out: what they measure is mostly noise."""


class Whitening:
    """Measurements by Φ as those by the orthonormal rows Q.

    With Φ = U Σ V, V of orthonormal rows, Q = V and y' = Σ⁻¹ Uᵀ y. Where the rows of Φ are orthogonal
    already, Q is Φ with rows of norm 1.

    >>> whitening = Whitening(np.array([0.5, 0.25]))
    >>> whitening(np.array([4.0, 8.0])).tolist()
    [2.0, 2.0]

    Args:
        scale: `(m,)` to multiply y with, or a matrix `(m, r)` from the right.
        gain: by how much noise of equal size in all measurements grows, in the mean of squares.
    """

    def __init__(self, scale: np.ndarray) -> None:
        self.scale = scale.astype("float32")
        squares = np.square(scale) if scale.ndim == 1 else np.sum(np.square(scale), axis=0)
        self.gain = float(np.sqrt(np.mean(squares)))

    def __call__(self, measurements):
        """y `(…, m)` to y' `(…, r)`."""
        if self.scale.ndim == 1:
            return measurements * self.scale
        return ops.matmul(measurements, self.scale)


def orthonormal(operator: Operator) -> tuple[Operator, Whitening]:
    """An operator with orthonormal rows that spans what the given one does, and how y becomes its y'.

    Noise of one size in y has, after that, one size only where the rows of Φ are orthogonal and equally long.

    Raises:
        ValueError: if Φ is zero, or not finite.
    """
    if isinstance(operator, Hadamard):
        weight = operator.shape[1] ** -0.5
        scale = np.full(operator.measurements, weight / operator.weight)
        return Hadamard(operator.block_shape, operator.rows, weight), Whitening(scale)
    if isinstance(operator, Separable):
        (left, of_left), (right, of_right) = map(_rows, (operator.left, operator.right))
        if of_left.ndim + of_right.ndim > 2:
            of_left, of_right = map(_as_matrix, (of_left, of_right))
        return Separable(left, right), Whitening(np.kron(of_left, of_right))
    rows, scale = _rows(operator.matrix)
    return Dense(rows, operator.block_shape), Whitening(scale)


@functools.lru_cache(maxsize=2)
def remembered(operator: Operator) -> tuple[Operator, Whitening]:
    """`orthonormal`, which can take seconds; of the last two operators, which must not change."""
    return orthonormal(operator)


def _rows(matrix):
    """Orthonormal rows, float32, and the scale of `Whitening`."""
    matrix = np.asarray(matrix, "float64")
    if not np.isfinite(matrix).all():
        raise ValueError("The sensing matrix has entries that are not finite; give real numbers only.")
    if not matrix.any():
        raise ValueError("The sensing matrix is all zeros; it measures nothing.")
    gram = matrix @ matrix.T
    norms = np.sqrt(np.diag(gram))
    if norms.min() > SMALLEST * norms.max():
        cosines = gram / np.outer(norms, norms) - np.eye(len(gram))
        if np.abs(cosines).max() < 1e-6:
            return (matrix / norms[:, None]).astype("float32"), 1 / norms
    # Of the small Gram matrix, in a fraction of the time that the singular values of a wide Φ take.
    squares, left = np.linalg.eigh(gram)
    kept = squares > SMALLEST**2 * squares[-1]
    scale = left[:, kept] / np.sqrt(squares[kept])
    return (scale.T @ matrix).astype("float32"), scale


def _as_matrix(scale):
    return np.diag(scale) if scale.ndim == 1 else scale
