"""Measurements and sensing matrices as cameras and MATLAB leave them, in files of numbers.

The pixels of a block are counted row by row, in Φ's columns too, as `x.flatten()` of NumPy does. MATLAB's
`x(:)` goes column by column; there, a row of Φ for a pattern P is `reshape(P.', 1, [])`.
"""

import numpy as np

from amp_net.measurements import number_files

MARGIN = 0.25
"""How far measurements may lie outside of what pixels in [0, 1] give, for noise, relative to that range."""


def read_array(path, variable=None, meant=()):
    """Reads an array of real numbers, see `number_files.read`.

    Returns:
        A float32 array.

    Raises:
        ValueError: as there, or if the numbers are not finite.
    """
    with np.errstate(over="ignore"):
        array = number_files.read(path, variable, meant).astype("float32")
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN, infinity, or numbers too large for float32.")
    return array


def check_between(y, low, high):
    """Refuses measurements in other units, or by another matrix, as far as that can be seen.

    Args:
        y: `(…, m)`, of pixels in [0, 1].
        low, high: the least and the most that such pixels give, `(m,)`.

    Raises:
        ValueError: if some are outside by more than `MARGIN` of that range.
    """
    margin = MARGIN * (high - low)
    if (y < low - margin).any() or (y > high + margin).any():
        raise ValueError(
            f"Measurements from {y.min():.3g} to {y.max():.3g} do not come from this sensing matrix and "
            f"pixels in [0, 1], which give {low.min():.3g} to {high.max():.3g} at most; give their scale, "
            "or the right matrix."
        )
