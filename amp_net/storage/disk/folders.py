"""Folders that are either whole or not there."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from amp_net.storage.disk import asides


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
