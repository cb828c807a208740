"""What is written aside before it takes its place: names that no two writers share; what killed ones left.

A process that writes aside holds a lock on it meanwhile, which the system releases when the process ends.
What is not locked was left by one that was killed. Where there are no locks it must be a day old.
"""

import contextlib
import ctypes
import errno
import os
import re
import shutil
import stat
import sys
import time
import uuid
from pathlib import Path

try:
    import fcntl
except ImportError:
    # Not on Windows.
    fcntl = None  # type: ignore[assignment]

PART = ".part"
"""What the name of a file ends with that is not written to its end."""
PREVIOUS = "-previous"
"""What a folder's name ends with while another takes its place."""
FILES = re.compile(rf"\.[0-9a-f]{{32}}{re.escape(PART)}")
DAY = 24 * 60 * 60
EXCHANGE, WORKING_FOLDER = 2, -100
"""Of Linux's `renameat2`: its flag `RENAME_EXCHANGE`, and `AT_FDCWD`."""
_swept: set[str] = set()


@contextlib.contextmanager
def file(folder):
    """A new file in a folder, open to write bytes, and its path; removed afterwards unless it was moved."""
    while True:
        path = Path(folder) / f".{uuid.uuid4().hex}{PART}"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        # Another may sweep it before it is held.
        if lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            break
        os.close(descriptor)
    try:
        with open(descriptor, "wb") as opened:
            yield opened, path
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def folder_of(folder):
    """A new folder next to a folder, under a name made of its name; removed afterwards with all in it."""
    while True:
        path = folder.parent / f".{folder.name}-{uuid.uuid4().hex}"
        path.mkdir(mode=0o700)
        # Windows opens no folders.
        descriptor = _open(path) if fcntl else None
        if not fcntl or (descriptor and lock(descriptor) is not False and path.exists()):
            break
        # Another has swept it before it was held.
        if descriptor:
            os.close(descriptor)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor:
            os.close(descriptor)


def sweep_files(folder):
    """Removes the files that killed writers left in a folder; looks once in the life of a process."""
    folder = os.path.realpath(folder)
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if FILES.fullmatch(entry.name):
                _remove_if_left(entry.path)


def sweep_folders(folder):
    """Removes what killed writers of a folder left next to it, and puts back what they had moved aside."""
    bring_back(folder)
    for aside in of_folder(folder):
        _remove_if_left(aside)


def bring_back(folder):
    """Puts a folder back that one who was killed had moved aside before the other took its place."""
    for previous in of_folder(folder):
        if previous.name.endswith(PREVIOUS) and not folder.exists():
            previous.rename(folder)


def of_folder(folder):
    """What stands next to a folder under names that `folder_of` derives from its name, and `PREVIOUS`."""
    names = re.compile(rf"\.{re.escape(folder.name)}-[0-9a-f]{{32}}({PREVIOUS})?")
    return [path for path in folder.parent.glob(".*") if names.fullmatch(path.name)]


def put(aside, folder):
    """Moves a folder that was written aside to its place; what was there is then where it was written.

    Linux exchanges the two in one step. Elsewhere there is a moment without the folder.
    """
    try:
        aside.rename(folder)
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    try:
        exchange(aside, folder)
        return
    except OSError:
        previous = aside.with_name(aside.name + PREVIOUS)
    folder.rename(previous)
    try:
        aside.rename(folder)
    except OSError:
        previous.rename(folder)
        raise
    shutil.rmtree(previous, ignore_errors=True)


def exchange(one, other):
    """Exchanges what two paths name, in one step.

    Raises:
        OSError: where the system or the file system cannot.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    first, second = os.fsencode(one), os.fsencode(other)
    if libc.renameat2(WORKING_FOLDER, first, WORKING_FOLDER, second, EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def lock(descriptor):
    """Takes hold of an open file or folder without waiting: whether it did; None where there are no locks."""
    if not fcntl:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def open_lock(path):
    """Opens a file to lock, which is made if need be and whose content stays as it is.

    Raises:
        ValueError: if it cannot be opened, or is a link or no regular file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        reason = "it is a link" if Path(path).is_symlink() else error.strerror
        raise ValueError(f"{path} cannot be locked: {reason}; remove it.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"{path} cannot be locked: it is no regular file; remove it.")
    return open(descriptor, "r+")


def to_disk(path):
    """Waits until a file or folder is on the disk, where the system can say so."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_if_left(path):
    """Removes what nobody writes any more, as far as can be said."""
    descriptor = _open(path)
    if not descriptor:
        return
    try:
        held = lock(descriptor)
        # Held until it is gone, so that nobody begins to write there meanwhile.
        if held or (held is None and time.time() - os.fstat(descriptor).st_mtime > DAY):
            if os.path.isdir(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _open(path):
    """A file or folder opened to be locked, or None if it is gone or cannot be."""
    with contextlib.suppress(OSError):
        return os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    return None
