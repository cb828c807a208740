"""Files that are either whole or not there."""

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from pathlib import Path

from absl import logging

try:
    import fcntl
except ImportError:
    # Not on Windows.
    fcntl = None

PREVIOUS = "-previous"
"""What a folder's name ends with while another takes its place."""
PART = ".part"
"""What the name of a file ends with that is not written to its end."""
LOCK = ".lock"


def write(path, content):
    """Writes a file aside and moves it into place.

    Args:
        path: where to; its folder is made if need be.
        content: bytes, or text, which is written as UTF-8.

    Raises:
        ValueError: if the file cannot be written.
    """
    path = Path(path)
    # A name of its own, so that two who write the same file do not meet, and no longer than a name may be.
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    aside = path.with_name(f".{name}.{os.getpid()}{PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(aside, path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        # What is left of it after a full disk or an interruption.
        with contextlib.suppress(OSError):
            aside.unlink()


def read(path):
    """The bytes of a file.

    Raises:
        ValueError: if it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error


def read_json(path):
    """The object in a JSON file, as a dict.

    Raises:
        ValueError: if the file cannot be read, or holds no JSON object.
    """
    try:
        content = json.loads(read(path).decode())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged: it is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it does not hold an object.")
    return content


def read_csv(path):
    """The rows of a CSV file with a heading, as dicts of strings; none if there is no file."""
    if not Path(path).exists():
        return []
    return list(csv.DictReader(io.StringIO(read(path).decode(), newline="")))


def write_csv(path, columns, rows):
    """Writes dicts as a CSV file with a heading, as `write` does."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write(path, text.getvalue())


def sha256(path):
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


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
    with open(path, "w") as lock:
        with contextlib.suppress(OSError):
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def taken(folder):
    """Keeps other processes that take the same folder out; one that is killed lets go of it.

    Where the system or the file system has no locks, nobody is kept out.

    Raises:
        ValueError: if another process has it, or the folder cannot be written.
    """
    make_folder(folder)
    with open(Path(folder) / LOCK, "w") as lock:
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
            # Whoever wrote these was killed.
            for unfinished in Path(folder).rglob(f".*{PART}"):
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
        folder: the final place.
        names: what such a folder may hold. A folder that holds anything else is left as it is.

    Raises:
        ValueError: if the folder holds other files or cannot be written.
    """
    folder = Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _bring_back(folder)
        others = sorted({path.name for path in folder.iterdir()} - {*names}) if folder.exists() else []
        if others:
            raise ValueError(f"The folder {folder} holds other files ({others[0]}); give a new folder.")
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be written: {error.strerror}.") from error
    try:
        yield aside
        aside.chmod(0o755)
        previous = aside.with_name(aside.name + PREVIOUS)
        if folder.exists():
            folder.rename(previous)
        try:
            aside.rename(folder)
        except OSError:
            previous.rename(folder)
            raise
        shutil.rmtree(previous, ignore_errors=True)
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove_unfinished(folder):
    """Removes what a `replacing_folder` that was killed has left beside its folder."""
    folder = Path(folder)
    _bring_back(folder)
    for aside in _asides(folder):
        shutil.rmtree(aside, ignore_errors=True)


def _bring_back(folder):
    """Puts a folder back that was moved aside by a `replacing_folder` that was killed before it was done."""
    for previous in _asides(folder):
        if previous.name.endswith(PREVIOUS) and not folder.exists():
            previous.rename(folder)


def _asides(folder):
    """What stands beside a folder under names that `tempfile` makes of its name, and `PREVIOUS`."""
    names = re.compile(rf"\.{re.escape(folder.name)}-\w{{8}}({PREVIOUS})?")
    return [path for path in folder.parent.glob(".*") if names.fullmatch(path.name)]
