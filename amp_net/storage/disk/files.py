"""Files that are either whole or not there."""

import contextlib
import hashlib
import math
import os
import stat
from pathlib import Path

from amp_net.storage.disk import asides

PIECE = 2**20
"""Bytes that are read at once of a file that is not kept in memory."""


def write(path, content):
    """Writes a file aside, sees that it is on the disk, and moves it into place.

    Args:
        path: where to; its folder is made if need be.
        content: bytes, or text, which is written as UTF-8.

    Raises:
        ValueError: if the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        asides.sweep_files(path.parent)
        with asides.file(path.parent) as (file, aside):
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "nt":
                # Windows moves no open file.
                file.close()
            os.replace(aside, path)
        asides.to_disk(path.parent)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def opened(path, most=math.inf):
    """A regular file, open to read bytes; a named pipe, which could be waited for without end, is none.

    Args:
        path: of the file.
        most: bytes that it may have, if it is to be read as a whole.

    Raises:
        ValueError: if it cannot be read, is no regular file or too large, or does not fit into the memory.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError(f"{path} cannot be read: it is no regular file.")
            check_size(path, os.fstat(file.fileno()).st_size, most)
            yield file
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except MemoryError as error:
        raise ValueError(f"{path} cannot be read: it does not fit into the memory.") from error


def check_size(path, size, most):
    """Raises a ValueError for a file with more than `most` bytes."""
    if size > most:
        raise ValueError(f"{path} has {size} bytes; of a file of its kind at most {most} are read.")


def read(path, most):
    """The bytes of a regular file.

    Args:
        path: of the file.
        most: bytes that it may have, see `file_sizes`.

    Raises:
        ValueError: as `opened`, or if it is too large.
    """
    with opened(path, most) as file:
        # No more than was judged, if another process writes to it.
        return file.read(os.fstat(file.fileno()).st_size)


def sha256(path, most):
    """The SHA-256 of a file, in hexadecimal, read piece by piece.

    Args, Raises: as in `read`.
    """
    digest = hashlib.sha256()
    with opened(path, most) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _without_waiting(path, flags):
    """As `open` opens a file, except that a named pipe is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
