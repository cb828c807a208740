"""NumPy's `.npy` and `.npz`: what they declare is checked before any of it is read."""

import dataclasses
import io
import math
import os
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
VERSION = (1, 0)
"""Of the header, whose length is below 64 KiB in this version; in others it may be of 4 GiB."""
ENTRY = b"PK\1\2"
"""What each member's entry in an archive's directory begins with."""
MOST_ENTRIES = 1000
"""Of these at most; Python makes objects of all of them when it opens the archive."""
TAIL = 2**20
"""Bytes at the end of a file in which entries are counted; larger ones are no smaller than their objects."""
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclasses.dataclass(frozen=True)
class Declared:
    """What an array's header says of it.

    >>> Declared((3, 4), np.dtype("float32")).nbytes
    48

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
    if np.lib.format.read_magic(file) != VERSION:
        raise ValueError("a header of another version")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or dtype.kind == "V" or min(shape, default=0) < 0:
        raise ValueError(f"an array of {dtype} is not read")
    return Declared(shape, dtype)


def archive_in(content):
    """The `.npz` archive in a file's bytes, open to be read.

    Raises:
        ValueError: or another of `DAMAGE`, if it is none, or has too many members.
    """
    if content.count(ENTRY) > MOST_ENTRIES:
        raise ValueError("an archive of more members than are read")
    return zipfile.ZipFile(io.BytesIO(content))


def archive_of(file):
    """The `.npz` archive in an open file, likewise.

    Raises:
        ValueError: or another of `DAMAGE`, if it is none, or has too many members.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
    if file.read().count(ENTRY) > MOST_ENTRIES:
        raise ValueError("an archive of more members than are read")
    return zipfile.ZipFile(file)


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
