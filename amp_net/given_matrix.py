"""Networks for a sensing matrix that is given, as a camera's is."""

import math

import numpy as np

from amp_net.camera_data import read_array


def given_matrix(path, orthonormalize=False):
    """Reads a sensing matrix Φ.

    Args:
        path: a `.npy` or `.mat` file with one measurement a row, `(m, n)`; n is the square of a block's side.
        orthonormalize: whether to replace the rows by orthonormal ones that span the same.

    Returns:
        float32 `(m, n)`.

    Raises:
        ValueError: if the file holds no such matrix, or dependent rows that are to be orthonormalised.
    """
    matrix = read_array(path)
    if matrix.ndim != 2 or 0 in matrix.shape or math.isqrt(matrix.shape[1]) ** 2 != matrix.shape[1]:
        raise ValueError(
            f"{path} holds an array of shape {matrix.shape}; a sensing matrix has one row a measurement and "
            "as many columns as a square block has pixels."
        )
    if len(matrix) > matrix.shape[1]:
        raise ValueError(f"{path} holds {len(matrix)} measurements of {matrix.shape[1]} pixels; drop some.")
    if not orthonormalize:
        return matrix
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise ValueError(f"The rows of {path} are not independent; drop some before orthonormalising.")
    rows, _ = np.linalg.qr(matrix.T.astype("float64"))
    return rows.T.astype("float32")


def fields_for(matrix):
    """The fields of an `AMPNet` for a given sensing matrix `(m, n)`, which stays as it is in training.

    Raises:
        ValueError: if the matrix is zero.
    """
    largest = float(np.linalg.norm(matrix, 2))
    if not largest:
        raise ValueError("The sensing matrix is all zeros; it measures nothing.")
    return {
        "cs_ratio": 100 * matrix.shape[0] / matrix.shape[1],
        "block_size": math.isqrt(matrix.shape[1]),
        # Rows that are orthonormal but for rounding need none.
        "sensing_gain": 1.0 if abs(largest - 1) < 1e-3 else 2.0 ** math.ceil(math.log2(largest)),
        "trainable_sensing": False,
    }
