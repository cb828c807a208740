"""Reads a `.mat` or HDF5 file in a process of its own, since the readers crash on some, and within limits.

It is run as a file and imports nothing of the package. Its arguments: the file; the `.npz` file to write; how
many numbers, bytes and seconds to take at most; the variable that is meant, or ""; the folders to import
from.
"""

import sys

TOO_LARGE = 3
"""Exit status where there are more numbers than are read, or more than fit into the memory."""
NO_ROOM = 4
"""Exit status where the `.npz` file cannot be written."""
REAL = ("double", "single", "sparse", "logical")
"""MATLAB's classes of real numbers other than whole ones, with which complex ones come."""
NAMES, OF = "names", "of_"
"""Entries of the `.npz` file: names of variables of these classes; what stands before that of a real one."""
HDF5, BEHIND_MATLABS_HEADER = b"\x89HDF\r\n\x1a\n", 512
"""What an HDF5 file starts with, and where it does so in those of MATLAB 7.3."""
MOST_OBJECTS, DEEPEST = 1000, 8
"""Data sets and groups of an HDF5 file that are looked at, and how deep groups may stand in each other."""


def main(path, target, most, memory, seconds, variable):
    """Writes what it reads."""
    import numpy

    content = _of_hdf5 if _is_hdf5(path) else _of_matlab
    names, found = content(path, most, variable, lambda: _limit(memory, seconds))
    real = {OF + name: value for name, value in found.items() if value.dtype.kind in "fiub"}
    try:
        numpy.savez(target, **{NAMES: numpy.array(names, "U")}, **real)
    except OSError:
        sys.exit(NO_ROOM)


def _of_matlab(path, most, variable, limit):
    """Names of the variables of real numbers, and a dict of those that are meant, up to MATLAB 7.2."""
    import math

    import scipy.io
    import scipy.sparse

    limit()
    # What a file declares is checked before any of it is read.
    sizes = {
        name: math.prod(shape)
        for name, shape, kind in scipy.io.whosmat(path)
        if kind in REAL or kind.startswith(("int", "uint"))
    }
    meant = [name for name in sizes if variable in ("", name)]
    if sum(sizes[name] for name in meant) > most:
        sys.exit(TOO_LARGE)
    found = scipy.io.loadmat(path, variable_names=meant) if meant else {}
    dense = {
        name: value.toarray() if scipy.sparse.issparse(value) else value
        for name, value in found.items()
        if name in meant
    }
    return list(sizes), dense


def _of_hdf5(path, most, variable, limit):
    """The same of an HDF5 file, which MATLAB 7.3 writes with the axes of its arrays in reverse."""
    import h5py
    import numpy

    limit()
    with h5py.File(path, "r") as file:
        arrays = dict(_arrays(file, h5py))
        meant = [name for name in arrays if variable in ("", name)]
        if sum(_size(arrays[name]) for name in meant) > most:
            sys.exit(TOO_LARGE)
        found = {}
        for name in meant:
            of = arrays[name]
            if isinstance(of, h5py.Group):
                import scipy.sparse

                columns = of["jc"][:]
                parts = of["data"][:], of["ir"][:], columns
                shape = int(of.attrs["MATLAB_sparse"]), len(columns) - 1
                found[name] = scipy.sparse.csc_matrix(parts, shape=shape).toarray()
            elif "MATLAB_empty" in of.attrs:
                found[name] = numpy.zeros(0)
            else:
                found[name] = of[()].T if "MATLAB_class" in of.attrs else of[()]
                found[name] = numpy.asarray(found[name])
    return list(arrays), found


def _arrays(group, h5py, place="", depth=0, seen=None):
    """Names and objects of arrays of numbers, of those that lie in this very file."""
    seen = [] if seen is None else seen
    for name in group:
        # A link may lead into another file, and an array's numbers may lie there.
        if not isinstance(group.get(name, getlink=True), h5py.HardLink) or name.startswith("#"):
            continue
        seen.append(name)
        if len(seen) > MOST_OBJECTS or depth > DEEPEST:
            sys.exit(TOO_LARGE)
        found = group[name]
        if isinstance(found, h5py.Dataset):
            elsewhere = found.is_virtual or found.external
            text = found.attrs.get("MATLAB_class", b"") in (b"char", "char", b"cell", "cell")
            if found.dtype.kind in "fiub" and not elsewhere and not text:
                yield place + name, found
        elif isinstance(found, h5py.Group):
            if "MATLAB_sparse" in found.attrs:
                if {"data", "ir", "jc"} <= {*found}:
                    yield place + name, found
            else:
                yield from _arrays(found, h5py, f"{place}{name}/", depth + 1, seen)


def _size(found):
    """How many numbers a data set holds, or a sparse matrix when it is written out."""
    if hasattr(found, "size"):
        return found.size or 0
    return int(found.attrs["MATLAB_sparse"]) * (found["jc"].size - 1)


def _is_hdf5(path):
    with open(path, "rb") as file:
        start = file.read(BEHIND_MATLABS_HEADER + len(HDF5))
    return start.startswith(HDF5) or start[BEHIND_MATLABS_HEADER:] == HDF5


def _limit(memory, seconds):
    """Lets this process take no more, where the system can say so."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        soft, hard = resource.getrlimit(kind)
        lower = [limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(kind, (min(lower), hard))


if __name__ == "__main__":
    sys.path[:] = sys.argv[7:]
    try:
        source, target, *limits = sys.argv[1:6]
        most, memory, seconds = map(int, limits)
        main(source, target, most, memory, seconds, variable=sys.argv[6])
    except MemoryError:
        sys.exit(TOO_LARGE)
