"""Principal components of image blocks: the best linear sensing matrix to start from."""

import numpy as np


def principal_components(blocks: np.ndarray, measurements: int) -> np.ndarray:
    """The orthonormal rows that keep the most energy of the given blocks.

    These are the first eigenvectors of the blocks' second moment. The mean is not subtracted, since
    sensing has no offset.

    Args:
        blocks: `(count, block_size, block_size, 1)`, uint8 or floats; at least `measurements` of them.
        measurements: m, how many components.

    Returns:
        float32 `(m, n)`, one component a row, strongest first.

    Raises:
        ValueError: if there are fewer blocks than components.
    """
    if len(blocks) < measurements:
        raise ValueError(
            f"{measurements} principal components need at least as many blocks; there are {len(blocks)}."
        )
    _, vectors = np.linalg.eigh(second_moment(blocks))
    return vectors[:, ::-1][:, :measurements].T.astype("float32")


def second_moment(blocks: np.ndarray) -> np.ndarray:
    """The sum of x xᵀ over all blocks x, as float64 `(n, n)`."""
    flat = np.reshape(blocks, (len(blocks), -1)).astype("float32")
    return (flat.T @ flat).astype("float64")
