"""Random Gaussian rows, with which the paper's text senses."""

import numpy as np

from amp_net.operators.dense import Dense


def gaussian(measurements: int, block_shape: tuple[int, int], seed: int = 0) -> Dense:
    """A Gaussian sensing matrix whose rows are made orthonormal.

    The rows of fewer measurements are, but for rounding, the first of more, so that CS ratios with one seed
    are compared with one matrix.

    Args:
        measurements: m.
        block_shape: height and width of a block, n pixels.
        seed: of the normal distribution.

    Raises:
        ValueError: if m is below 1 or above n.

    >>> gaussian(272, (33, 33)).shape
    (272, 1089)
    """
    n = block_shape[0] * block_shape[1]
    if not 1 <= measurements <= n:
        raise ValueError(f"There are {measurements} measurements of {n} pixels; take 1 to {n}.")
    drawn = np.random.default_rng(seed).standard_normal((measurements, n))
    columns, triangle = np.linalg.qr(drawn.T)
    # So that a row points where the drawn one does, whichever signs the decomposition has chosen.
    rows = columns.T * np.sign(np.diag(triangle))[:, None]
    return Dense(np.ascontiguousarray(rows, "float32"), block_shape)
