"""What rows of Φ see of each frequency of a block."""

import functools

import numpy as np
import scipy.fft
from keras import ops

from amp_net.operators.operator import Operator

ROWS = 256
"""Rows that are transformed at once."""


@functools.lru_cache(maxsize=2)
def seen(operator: Operator) -> np.ndarray:
    """The share of each cosine that orthonormal rows see, float32 in [0, 1], `(height, width)`.

    Of rows that prefer no direction it is about m / n for all; of those that are cosines themselves 1 or 0.

    Args:
        operator: Q, whose rows are orthonormal.
    """
    total = np.zeros(operator.block_shape, "float32")
    for start in range(0, operator.measurements, ROWS):
        rows = np.eye(min(ROWS, operator.measurements - start), operator.measurements, start, "float32")
        total += np.sum(np.square(cosines(operator.transpose(rows))), axis=0)
    return np.minimum(total, 1)


def cosines(blocks) -> np.ndarray:
    """The orthonormal discrete cosine transform of blocks `(…, height, width)`."""
    return scipy.fft.dctn(ops.convert_to_numpy(blocks), axes=(-2, -1), norm="ortho")
