"""Measurements and sensing matrices as cameras and MATLAB leave them: `.npy` and `.mat`."""

from pathlib import Path

import numpy as np
import scipy.io

from amp_net.measurement_files import DAMAGE
from amp_net.measurements import Measurements, fingerprint

SUFFIXES = (".npy", ".mat")


def read_array(path, variable=None):
    """Reads an array of real numbers.

    Args:
        path: a `.npy` file, or a `.mat` file of MATLAB up to version 7.2.
        variable: which variable of a `.mat` file; not needed where it has only one.

    Returns:
        A float32 array.

    Raises:
        ValueError: if the file cannot be read, is of another kind, or holds no finite real numbers.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path} does not end in {' or '.join(SUFFIXES)}.")
    try:
        if path.suffix.lower() == ".npy":
            content = {"": np.load(path, allow_pickle=False)}
        else:
            content = scipy.io.loadmat(path)
    except FileNotFoundError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except (*DAMAGE, OSError, scipy.io.matlab.MatReadError) as error:
        raise ValueError(f"{path} is damaged, or of MATLAB 7.3; save it with -v7 or as .npy.") from error
    names = [name for name in content if not name.startswith("__")]
    if "" not in names and variable not in names and (variable is not None or len(names) != 1):
        raise ValueError(f"{path} holds {', '.join(names) or 'nothing'}; say which variable is meant.")
    array = content[variable if variable in names else names[0]]
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise ValueError(f"{path} does not hold real numbers.")
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN or infinity.")
    return array.astype("float32")


def measurements_of(array, model, grid, size=None):
    """A camera's measurements of one grey image.

    Args:
        array: `(blocks, m)`, block by block along the rows of the grid, or `(block rows, block columns, m)`.
        model: the `AMPNet` or `ClassicalAMP` with the camera's sensing matrix.
        grid: block rows and block columns; None where the array's shape says it.
        size: height and width of the image in pixels, for images that do not fill the grid; None: they do.

    Returns:
        `Measurements` of an image of 8 bits.

    Raises:
        ValueError: if the shapes do not fit each other.
    """
    if grid is None and array.ndim == 3:
        grid = array.shape[:2]
    if grid is None:
        raise ValueError(f"Measurements of shape {array.shape} need the grid of blocks, rows and columns.")
    rows, columns = grid
    if array.size != rows * columns * model.measurements or array.shape[-1] != model.measurements:
        raise ValueError(
            f"Measurements of shape {array.shape} are not those of {rows} × {columns} blocks with "
            f"{model.measurements} each."
        )
    height, width = size or (rows * model.block_size, columns * model.block_size)
    return Measurements(
        array.reshape(rows, columns, 1, model.measurements),
        *(height, width, "uint8", model.block_size, ""),
        fingerprint(model.sensing.matrix),
    )
