"""Arrays as pictures: errors in colour, rows of Φ."""

import numpy as np
from skimage.util import montage

from amp_net import images
from amp_net.evaluation.report.pictures import ERROR_GAIN, colours_of_errors

SIDE = 512
"""Pixels of the longer side of a picture at least, about; pixels of a small image become squares."""
ROWS, COLUMNS = 24, 8
"""Rows of Φ that are shown, and beside each other."""
ENLARGED = 96
"""Pixels of a row's longer side at least, so that its entries can be seen."""
GAP = 4
"""Pixels between rows."""


def of_errors(error: np.ndarray) -> np.ndarray:
    """Errors of pixels in [0, 1], `(height, width)`, `ERROR_GAIN` times brightened: colours, uint8."""
    return np.array(colours_of_errors(), "uint8")[images.from_unit(ERROR_GAIN * enlarged(error))]


def enlarged(image: np.ndarray) -> np.ndarray:
    """A small image `(height, width, …)` by a whole factor, so that its pixels can be seen."""
    factor = max(1, SIDE // max(image.shape[:2]))
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def of_rows(matrix: np.ndarray, frame: tuple[int, int]) -> np.ndarray:
    """The first rows of Φ beside each other: grey is 0, black and white a row's largest magnitude.

    Args:
        matrix: Φ `(m, n)`, or its first rows.
        frame: height and width of a block; n pixels.

    Returns:
        uint8 `(height, width)`.
    """
    rows = np.asarray(matrix[:ROWS], "float32").reshape(-1, *frame)
    largest = np.abs(rows).max(axis=(1, 2), keepdims=True)
    grey = images.from_unit(0.5 + rows / (2 * np.maximum(largest, np.finfo("float32").tiny)))
    factor = max(1, -(-ENLARGED // max(frame)))
    large = grey.repeat(factor, axis=1).repeat(factor, axis=2)
    columns = min(COLUMNS, len(rows))
    return montage(large, fill=255, padding_width=GAP, grid_shape=(-(-len(rows) // columns), columns))
