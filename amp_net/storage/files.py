"""Files that are either whole or not there."""

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import shutil
import stat
import tempfile
from pathlib import Path

from absl import logging

from amp_net.storage import asides, file_sizes, spreadsheets
from amp_net.storage.asides import PART

try:
    import fcntl
except ImportError:
    # Not on Windows.
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
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
            if not fcntl:
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


def read_json(path):
    """The object in a JSON file, as a dict.

    Raises:
        ValueError: if the file cannot be read, or holds no JSON object.
    """
    text = read(path, file_sizes.TEXT)
    try:
        content = json.loads(text)
    # A number may have too many digits, and nesting be too deep.
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it does not hold an object.")
    return content


def read_csv(path):
    """The rows of a CSV file with a heading, as dicts of strings; none if there is no file.

    Raises:
        ValueError: if it cannot be read, or is no such file.
    """
    if not Path(path).exists():
        return []
    content = read(path, file_sizes.TEXT)
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged: it is not valid CSV.") from error
    if any(None in (*row, *row.values()) for row in rows):
        raise ValueError(f"{path} is damaged: not all of its rows are as long as its heading.")
    return [{name: spreadsheets.unescaped(text) for name, text in row.items()} for row in rows]


def write_csv(path, columns, rows):
    """Writes dicts as a CSV file with a heading, as `write` does; texts as `spreadsheets` shows them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: spreadsheets.escaped(value) for name, value in row.items()} for row in rows)
    write(path, text.getvalue())


def sha256(path, most):
    """The SHA-256 of a file, in hexadecimal, read piece by piece.

    Args, Raises: as in `read`.
    """
    digest = hashlib.sha256()
    with opened(path, most) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def make_folder(folder):
    """Makes a folder, if it is not there, and sees that files can be written into it.

    Raises:
        ValueError: if they cannot.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be written: {error.strerror}.") from error


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


def save_weights(model, path):
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


@contextlib.contextmanager
def replacing_folder(folder, names):
    """A new folder to write into, which takes the place of `folder` when the block ends without error.

    Args:
        folder: the final place; where it is a link, the folder that it leads to is replaced.
        names: what such a folder may hold. A folder that holds anything else is left as it is.

    Raises:
        ValueError: if the folder holds other files or cannot be written.
    """
    folder = Path(os.path.realpath(folder))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        asides.sweep_folders(folder)
        others = sorted({path.name for path in folder.iterdir()} - {*names}) if folder.exists() else []
        if others:
            raise ValueError(f"The folder {folder} holds other files ({others[0]}); give a new folder.")
        with asides.folder_of(folder) as aside:
            yield aside
            aside.chmod(0o755)
            for path in aside.rglob("*"):
                asides.to_disk(path)
            asides.put(aside, folder)
        asides.to_disk(folder.parent)
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be written: {error.strerror or error}.") from error


def remove_unfinished(folder):
    """Removes what a `replacing_folder` that was killed has left next to its folder."""
    folder = Path(os.path.realpath(folder))
    asides.bring_back(folder)
    for aside in asides.of_folder(folder):
        shutil.rmtree(aside, ignore_errors=True)


def _without_waiting(path, flags):
    """As `open` opens a file, except that a named pipe is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
