"""Measurements and sensing matrices as cameras and MATLAB leave them, in files of numbers.

The pixels of a block are counted row by row, in Φ's columns too, as `x.flatten()` of NumPy does. MATLAB's
`x(:)` goes column by column; there, a row of Φ for a pattern P is `reshape(P.', 1, [])`.
"""

import numpy as np

from amp_net.measurements import Measurements, fingerprint, number_files

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


def measurements_of(array, model, grid=None, size=None, dtype="uint8", scale=1.0):
    """A camera's measurements of one grey image.

    Args:
        array: `(blocks, m)`, block by block along the rows of the grid, or `(block rows, block columns, m)`:
            Φ times pixels in [0, 1], times the scale.
        model: the `AMPNet` or `Classical` with the camera's sensing matrix.
        grid: block rows and block columns; None where the array's shape says it.
        size: height and width of the image in pixels, for images that do not fill the grid; None: they do.
        dtype: of the image to make, see `DTYPES`.
        scale: what the measurements are of a pixel and a weight of 1, as 255 or a number of counts.

    Returns:
        `Measurements`.

    Raises:
        ValueError: if the shapes do not fit each other, or no pixels in [0, 1] give such measurements.
    """
    if not 0 < np.float32(scale) < np.inf:
        raise ValueError(f"The scale of the measurements is {scale}; it must be a finite number above 0.")
    if grid is None and array.ndim == 3:
        grid = array.shape[:2]
    if grid is None:
        raise ValueError(f"Measurements of shape {array.shape} need the grid of blocks, rows and columns.")
    rows, columns = grid
    m = model.measurements
    if array.shape not in ((rows * columns, m), (rows, columns, m)):
        raise ValueError(
            f"Measurements of shape {array.shape} are not those of {rows} × {columns} blocks with {m} each; "
            f"they have shape ({rows * columns}, {m}) or ({rows}, {columns}, {m})."
        )
    y = (array.astype("float32") / np.float32(scale)).reshape(rows, columns, 1, m)
    matrix = model.sensing.matrix
    check_between(y, np.minimum(matrix, 0).sum(1), np.maximum(matrix, 0).sum(1))
    height, width = size or (rows * model.block_size, columns * model.block_size)
    return Measurements(y, height, width, dtype, model.block_size, "", fingerprint(model.sensing.matrix))


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
