"""Checks of a sensing matrix Φ that a user hands to a model."""

import math

import numpy as np

from amp_net.layers.sensing import check_scale

MOST_ENTRIES = 2**26
"""Entries of a sensing matrix at most, such as 4096 measurements of 128×128 pixels."""


def sensing_matrix(matrix):
    """A given sensing matrix Φ `(m, n)` as float32, if it can be one.

    Raises:
        ValueError: if it has no rows, more rows than columns, a number of columns that is not the square of a
            block's side, more entries than `MOST_ENTRIES`, such as are complex, not finite, or too small or
            large to compute with in float32.
    """
    if np.iscomplexobj(matrix):
        raise ValueError("The sensing matrix has complex entries; give real numbers only.")
    matrix = np.asarray(matrix, "float32")
    if matrix.ndim != 2 or 0 in matrix.shape or math.isqrt(matrix.shape[1]) ** 2 != matrix.shape[1]:
        raise ValueError(
            f"A sensing matrix has one row a measurement and as many columns as a square block has pixels; "
            f"this one has shape {matrix.shape}."
        )
    if len(matrix) > matrix.shape[1]:
        raise ValueError(f"There are {len(matrix)} measurements of {matrix.shape[1]} pixels; drop some.")
    if not np.isfinite(matrix).all():
        raise ValueError("The sensing matrix has entries that are not finite; give real numbers only.")
    check_entries(*matrix.shape)
    if not matrix.any():
        raise ValueError("The sensing matrix is all zeros; it measures nothing.")
    check_scale(matrix)
    return matrix


def check_entries(measurements, pixels):
    """Raises a ValueError for a sensing matrix that is too large."""
    if measurements * pixels > MOST_ENTRIES:
        raise ValueError(
            f"A sensing matrix of {measurements}×{pixels} has more than {MOST_ENTRIES} entries; take smaller "
            "blocks or fewer measurements."
        )
