"""HDF5 files of weights, checked before they are loaded."""

import contextlib
import math
import shutil
import tempfile
from pathlib import Path

import h5py

from amp_net.storage import file_sizes, half_precision
from amp_net.storage.disk import files
from amp_net.storage.printable import printable

DEEPEST = 20
"""Groups within groups at most."""
MOST_ARRAYS = 100_000
"""Arrays at most."""
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE}
"""What arrays may be stored with: HDF5 loads others from wherever the file says."""
DEFLATE = 1032
"""How many times smaller deflate makes bytes at most."""
DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, OverflowError)
"""What h5py raises for files with altered bytes."""


def check(path, most=file_sizes.WEIGHTS):
    """Sees that a file holds arrays of numbers and nothing that leads out of it.

    Links and arrays whose content is in other files are refused, and arrays that are larger than what is
    stored of them can be: Keras may read an array before it compares its shape.

    Args:
        path: of the file.
        most: bytes that it, and all arrays in it, may have.

    Raises:
        ValueError: if the file is damaged, or holds anything else.
    """
    with files.opened(path, most):
        pass
    try:
        with h5py.File(path, "r") as file:
            arrays = _arrays(file, DEEPEST, set())
            others = [array.name for array in arrays if not _is_plain(array)]
            if len(arrays) > MOST_ARRAYS or sum(map(_bytes, arrays)) > most:
                raise ValueError(f"it holds more than {MOST_ARRAYS} arrays or {most} bytes")
            if others:
                raise ValueError(f"{others[0]!r} is no plain array of numbers")
    except DAMAGE as error:
        raise ValueError(f"{path} is damaged: it cannot be read as weights ({printable(error)}).") from error


def _arrays(group, depth, seen):
    """All arrays of a group and the groups in it, each of them once."""
    found = []
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name!r} is a link")
        item = group[name]
        place = h5py.h5o.get_info(item.id).addr
        if place in seen:
            raise ValueError(f"{name!r} is there twice")
        seen.add(place)
        if isinstance(item, h5py.Dataset):
            found.append(item)
        elif isinstance(item, h5py.Group) and depth:
            found += _arrays(item, depth - 1, seen)
        else:
            raise ValueError(f"{name!r} is no array")
    return found


def _is_plain(array):
    """Whether an array is one of numbers, stored in the file, and no larger than its bytes there can hold."""
    if array.dtype.kind not in "fiub" or array.shape is None or array.external or array.is_virtual:
        return False
    made = array.id.get_create_plist()
    filters = {made.get_filter(index)[0] for index in range(made.get_nfilters())}
    if not filters <= FILTERS:
        return False
    factor = DEFLATE if filters else 1
    return max(_bytes(array), _bytes(array, array.chunks)) <= factor * array.id.get_storage_size()


def _bytes(array, shape=None):
    return math.prod(array.shape if shape is None else shape) * array.dtype.itemsize


@contextlib.contextmanager
def completed(path, base):
    """A file with the arrays of one file and those of a second that the first lacks; gone afterwards.

    Args:
        path: of the first.
        base: of the second; None if there is none, and the first is what is yielded.

    Raises:
        ValueError: if the first has an array that the second has not.
    """
    if base is None:
        yield path
        return
    arrays = half_precision.arrays_of(path)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.weights.h5"
        shutil.copyfile(base, whole)
        with h5py.File(whole, "r+") as file:
            for name, values in arrays.items():
                if name not in file:
                    raise ValueError(f"{path} has an array {printable(name)!r} that {base} has not.")
                del file[name]
                file[name] = values
        yield whole


def save(model, path):
    """Writes a model's weights as `model.save_weights` does, and its optimizer's if it is compiled.

    HDF5 does not survive a full disk: it ends the process. So the space is tried first.

    Raises:
        ValueError: if the file cannot be written.
    """
    optimizer = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer else [])]
    # HDF5's own part is below 4 KiB a variable.
    size = sum(math.prod(variable.shape) * 4 + 4096 for variable in variables)
    try:
        with tempfile.TemporaryFile(dir=Path(path).parent) as trial:
            trial.write(bytes(size))
        model.save_weights(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror or error}.") from error
