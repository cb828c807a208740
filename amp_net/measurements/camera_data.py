"""Measurements and sensing matrices as cameras and MATLAB leave them: `.npy` and `.mat`.

The pixels of a block are counted row by row, in Φ's columns too, as `x.flatten()` of NumPy does. MATLAB's
`x(:)` goes column by column; there, a row of Φ for a pattern P is `reshape(P.', 1, [])`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from amp_net.measurements import Measurements, fingerprint, read_mat
from amp_net.storage import arrays, file_sizes, files
from amp_net.storage.printable import printable

SUFFIXES = (".npy", ".mat")
MARGIN = 0.25
"""How far measurements may lie outside of what pixels in [0, 1] give, for noise, relative to that range."""
MOST_NUMBERS = 2**27
"""Numbers in a file at most: 1 GiB in double precision."""
MEMORY = 4 * 2**30
"""Bytes of address space that a `.mat` file may take to be read."""
SECONDS = 120
"""Seconds that a `.mat` file may take to be read."""


def read_array(path, variable=None):
    """Reads an array of real numbers.

    Args:
        path: a `.npy` file, or a `.mat` file of MATLAB up to version 7.2.
        variable: which variable of a `.mat` file; not needed where it has only one of real numbers.

    Returns:
        A float32 array.

    Raises:
        ValueError: if the file cannot be read, is of another kind, holds more than `MOST_NUMBERS`, no finite
            real numbers, or takes more than `MEMORY` or `SECONDS` to read.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path} does not end in {' or '.join(SUFFIXES)}.")
    array = _from_numpy(path) if path.suffix.lower() == ".npy" else _from_matlab(path, variable)
    with np.errstate(over="ignore"):
        array = array.astype("float32")
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN, infinity, or numbers too large for float32.")
    return array


def _from_numpy(path):
    with files.opened(path) as file:
        if file.read(2) == b"PK":
            raise ValueError(f"{path} is an archive and not an array; save one array with numpy.save.")
        file.seek(0)
        try:
            declared = arrays.declared(file)
            if declared.dtype.kind in "fiub" and declared.size <= MOST_NUMBERS:
                file.seek(0)
                return np.lib.format.read_array(file, allow_pickle=False)
        except (*arrays.DAMAGE, MemoryError) as error:
            raise ValueError(f"{path} is damaged: NumPy cannot read it as an array of numbers.") from error
    if declared.size > MOST_NUMBERS:
        raise _too_large(path)
    raise ValueError(f"{path} does not hold real numbers.")


def _from_matlab(path, variable):
    with files.opened(path, file_sizes.MATLAB), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "read.npz"
        # In a process of its own: SciPy's reader of .mat crashes on some damaged files. Isolated, since
        # Python would look for modules in the working folder, and run what is there.
        folders = [place for place in sys.path if place and Path(place).resolve() != Path.cwd()]
        arguments = map(str, (path.resolve(), target, MOST_NUMBERS, MEMORY, SECONDS, variable or ""))
        command = [sys.executable, "-I", read_mat.__file__, *arguments, *folders]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ValueError(f"{path} takes more than {SECONDS} seconds to read.") from error
        if done.returncode == read_mat.TOO_LARGE:
            raise _too_large(path)
        if done.returncode == read_mat.NO_ROOM:
            raise ValueError(f"{path} cannot be read: there is no room for its numbers in {folder}.")
        if done.returncode:
            raise ValueError(f"{path} is damaged, or of MATLAB 7.3; save it with -v7 or as .npy.")
        with np.load(target, allow_pickle=False) as archive:
            content = {
                name.removeprefix(read_mat.OF): archive[name] for name in archive if name != read_mat.NAMES
            }
            names = {*archive[read_mat.NAMES].tolist(), *content}
    if variable is None and len(content) == 1:
        (variable,) = content
    if variable not in content:
        known = printable(", ".join(sorted(names if variable else content))) or "no real numbers"
        raise ValueError(f"{path} holds {known}; say which variable is meant.")
    return content[variable]


def _too_large(path):
    return ValueError(f"{path} holds more than {MOST_NUMBERS} numbers, or more than fit into {MEMORY} bytes.")


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
    _check_range(y, model.sensing.matrix)
    height, width = size or (rows * model.block_size, columns * model.block_size)
    return Measurements(y, height, width, dtype, model.block_size, "", fingerprint(model.sensing.matrix))


def _check_range(y, matrix):
    """Refuses measurements in other units, or by another matrix, as far as that can be seen."""
    low, high = np.minimum(matrix, 0).sum(1), np.maximum(matrix, 0).sum(1)
    margin = MARGIN * (high - low)
    if (y < low - margin).any() or (y > high + margin).any():
        raise ValueError(
            f"Measurements from {y.min():.3g} to {y.max():.3g} do not come from this sensing matrix and "
            f"pixels in [0, 1], which give {low.min():.3g} to {high.max():.3g} at most; give their scale, "
            "or the right matrix."
        )
