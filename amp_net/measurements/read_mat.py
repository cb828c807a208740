"""Reads a `.mat` file in a process of its own, since SciPy's reader crashes on some, and within limits.

It is run as a file and imports nothing of the package. Its arguments: the `.mat` file; the `.npz` file to
write; how many numbers, bytes and seconds to take at most; the variable that is meant, or ""; the folders to
import from.
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


def main(path, target, most, memory, seconds, variable):
    """Writes what it reads."""
    import math

    import numpy
    import scipy.io
    import scipy.sparse

    _limit(memory, seconds)
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
    found = {name: found[name] for name in meant}
    dense = {
        name: value.toarray() if scipy.sparse.issparse(value) else value for name, value in found.items()
    }
    real = {OF + name: value for name, value in dense.items() if value.dtype.kind in "fiub"}
    try:
        numpy.savez(target, **{NAMES: numpy.array(list(sizes), "U")}, **real)
    except OSError:
        sys.exit(NO_ROOM)


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
