"""Principal components of image blocks: the best linear sensing matrix to start from."""

import numpy as np


def principal_components(blocks, measurements):
    """The orthonormal rows that keep the most energy of the given blocks.

    These are the first eigenvectors of the blocks' second moment. The mean is not taken out, since
    sensing has no offset.

    Args:
        blocks: `(count, block_size, block_size, 1)`, uint8 or floats; at least `measurements` of them.
        measurements: m, how many components.

    Returns:
        float32 `(m, n)`, one component a row, strongest first.

    Raises:
        ValueError: if there are fewer blocks than components.
    """
    flat = np.reshape(blocks, (len(blocks), -1)).astype("float32")
    if len(flat) < measurements:
        raise ValueError(
            f"{measurements} principal components need at least as many blocks; there are {len(flat)}."
        )
    _, vectors = np.linalg.eigh((flat.T @ flat).astype("float64"))
    return vectors[:, ::-1][:, :measurements].T.astype("float32")
