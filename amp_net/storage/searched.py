"""The files that are meant by paths of files and folders."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from absl import logging

from amp_net.storage.printable import printable

NAMED = 5
"""Files that are passed over whose names are logged."""


def find(paths: Sequence[str | Path], suffixes: Collection[str]) -> dict[Path, Path]:
    """The files that are meant by paths of files and folders.

    Args:
        paths: files, whatever their ending, and folders, searched with their subfolders, except
            for links to folders. Of links and of other files that are passed over a warning is logged.
        suffixes: endings to look for in folders, in lower case with the dot.

    Returns:
        A dict of each file's path to its place in an output folder: its name, or its path inside the folder.

    Raises:
        ValueError: if a path does not exist, a folder cannot be searched, or nothing is found.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(file for file in _inside(path) if file.is_file())
            found |= {file: file.relative_to(path) for file in files if file.suffix.lower() in suffixes}
            _warn(path, [file.relative_to(path) for file in files if file not in found])
        elif path.exists():
            found[path] = Path(path.name)
        else:
            raise ValueError(f"{printable(path)} does not exist; give files or folders.")
    if not found:
        raise ValueError(f"There is no file that ends in {', '.join(sorted(suffixes))} in what was given.")
    return found


def _warn(folder: Path, passed: Sequence[Path]) -> None:
    if passed:
        names = ", ".join(printable(file) for file in passed[:NAMED])
        more = f" and {len(passed) - NAMED} more" if len(passed) > NAMED else ""
        logging.warning(
            "In %s these files are passed over, by their endings: %s%s.", printable(folder), names, more
        )


def _inside(folder: Path) -> Iterator[Path]:
    """The files of a folder and its subfolders."""

    def cannot_be_searched(error: OSError) -> NoReturn:
        raise ValueError(f"The folder {printable(error.filename)} cannot be searched: {error.strerror}.")

    for place, subfolders, names in os.walk(folder, onerror=cannot_be_searched):
        for link in (path for path in map(Path(place).joinpath, subfolders) if path.is_symlink()):
            logging.warning(
                "%s is a link to a folder, in which is not searched; name it by itself.", printable(link)
            )
        yield from (Path(place, name) for name in names)
