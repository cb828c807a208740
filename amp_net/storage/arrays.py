"""NumPy's `.npy` and `.npz`: what they declare is checked before any of it is read."""

import dataclasses
import math
import tokenize
import zipfile
import zlib

import numpy as np

DAMAGE = (
    *(ValueError, EOFError, KeyError, TypeError, AttributeError, SyntaxError, OverflowError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)
"""What NumPy and zipfile raise for files with altered bytes."""
ENDING = ".npy"
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclasses.dataclass(frozen=True)
class Declared:
    """What an array's header says of it.

    Attributes:
        shape: a tuple of whole numbers, of any size.
        dtype: of numbers or text.
    """

    shape: tuple
    dtype: np.dtype

    @property
    def size(self):
        """How many entries."""
        return math.prod(self.shape)

    @property
    def nbytes(self):
        return self.size * self.dtype.itemsize


def declared(file):
    """Reads the header of a `.npy` file that is open at its start.

    Raises:
        ValueError: or another of `DAMAGE`, if there is none, or its array is of objects or structures.
    """
    shape, _, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    if dtype.hasobject or dtype.kind == "V" or min(shape, default=0) < 0:
        raise ValueError(f"an array of {dtype} is not read")
    return Declared(shape, dtype)


def members(archive):
    """What a `.npz` archive holds: a dict of name to `Declared`, or None for what is no array.

    Args:
        archive: an open `zipfile.ZipFile`.

    Raises:
        ValueError: or other `DAMAGE`, if a name occurs twice, or a member is not as long as it declares.
    """
    found = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(ENDING)
        if name in found:
            raise ValueError(f"{name} is there twice")
        found[name] = _declared_member(archive, info) if info.filename.endswith(ENDING) else None
    return found


def read_member(archive, name):
    """The array of a member that `members` found.

    Raises:
        MemoryError: if there is too little; or one of `DAMAGE`.
    """
    with archive.open(name + ENDING) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _declared_member(archive, info):
    if info.compress_type not in COMPRESSIONS:
        raise NotImplementedError("another compression than numpy's")
    with archive.open(info) as file:
        try:
            found = declared(file)
        except DAMAGE:
            return None
        if file.tell() + found.nbytes != info.file_size:
            raise ValueError("a member of another size than its array")
    return found
