"""Locks between processes, which a process that is killed lets go of."""

import contextlib
from pathlib import Path

from absl import logging

from amp_net.storage.disk import asides
from amp_net.storage.disk.asides import PART
from amp_net.storage.disk.folders import make_folder

try:
    import fcntl
except ImportError:
    # Not on Windows.
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"


@contextlib.contextmanager
def in_turn(path):
    """Waits until no other process is in here with the same file, which is made if need be.

    Where the system or the file system has no locks, nobody waits.

    Raises:
        ValueError: if the file cannot be made.
    """
    make_folder(Path(path).parent)
    with asides.open_lock(path) as lock:
        with contextlib.suppress(OSError):
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def locked(folder):
    """Holds the lock of a folder, so that no other process works in it; one that is killed lets go of it.

    Where the system or the file system has no locks, others are not kept out.

    Raises:
        ValueError: if another process has it, or the folder cannot be written.
    """
    make_folder(folder)
    with asides.open_lock(Path(folder) / LOCK) as lock:
        try:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"Another process works in {folder}; wait for it or use another folder."
            ) from error
        except OSError as error:
            logging.debug("No lock for %s: %s", folder, error)
        else:
            # The processes that wrote these were killed.
            for unfinished in Path(folder).rglob(f".*{PART}"):
                if asides.FILES.fullmatch(unfinished.name) and unfinished.is_file():
                    unfinished.unlink()
        yield
