"""Networks for a sensing matrix that is given, as a camera's is."""

import math

import numpy as np

from amp_net.measurements.camera_data import read_array
from amp_net.models.inputs.sensing_matrix import sensing_matrix


def given_matrix(path, variable=None, orthonormalize=False):
    """Reads a sensing matrix Φ.

    Args:
        path: a `.npy` or `.mat` file with one measurement a row, `(m, n)`; n is the square of a block's side,
            and the pixels of a block are counted row by row, see `camera_data`.
        variable: which variable of a `.mat` file.
        orthonormalize: whether to replace the rows by orthonormal ones that span the same. This is another
            matrix: measurements by the one in the file are not measurements by it.

    Returns:
        float32 `(m, n)`.

    Raises:
        ValueError: if the file holds no such matrix, or dependent rows that are to be orthonormalised.
    """
    try:
        matrix = sensing_matrix(read_array(path, variable))
    except ValueError as error:
        raise ValueError(str(error) if str(path) in str(error) else f"{path}: {error}") from error
    if not orthonormalize:
        return matrix
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise ValueError(f"The rows of {path} are not independent; drop some before orthonormalising.")
    rows, _ = np.linalg.qr(matrix.T.astype("float64"))
    return rows.T.astype("float32")


def fields_for(matrix):
    """The fields of an `AMPNet` for a given sensing matrix `(m, n)`, which stays as it is in training."""
    largest = float(np.linalg.norm(matrix, 2))
    return {
        "cs_ratio": 100 * matrix.shape[0] / matrix.shape[1],
        "block_size": math.isqrt(matrix.shape[1]),
        # Rows that are orthonormal but for rounding need none.
        "sensing_gain": 1.0 if abs(largest - 1) < 1e-3 else 2.0 ** math.ceil(math.log2(largest)),
        "trainable_sensing": False,
    }
