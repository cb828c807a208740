"""The original image files of the data sets: which they are, and how one is read."""

import csv
import io
from pathlib import Path

from amp_net import datasets
from amp_net.images.formats.limits import MAX_PIXELS
from amp_net.images.image_files import decode, luminance
from amp_net.storage import file_sizes
from amp_net.storage.disk import files

GREY = ("set11", "bsd68")
"""Sets whose photographs are grey; a file that is stored in colour is read as its luminance."""
MOST = file_sizes.image(MAX_PIXELS)
"""Bytes of a photograph's file at most."""


def read_all(name, folder):
    """All photographs of a set from a folder of its original files, checked against their SHA-256.

    Args:
        name: of the set.
        folder: the set's own.

    Returns:
        A list of `(file name, uint8 image)`, `(height, width)` for a grey set and `(height, width, 3)` in RGB
        for another, sorted by file name.

    Raises:
        ValueError: naming the first file that is missing or altered.
    """
    check_files(name, folder)
    named = {file: files.read(Path(folder) / file, MOST) for file in sorted(registered(name))}
    return [(file, photograph(content, file, name in GREY)) for file, content in named.items()]


def check_files(name, folder):
    """Holds the files of a folder against the registered SHA-256 of a set's.

    Raises:
        ValueError: naming the first file that is missing or altered.
    """
    sums = registered(name)
    for file_name, digest in sums.items():
        file = Path(folder) / file_name
        if not file.is_file():
            raise ValueError(
                f"{file} is missing; {name} needs {len(sums)} files, which "
                f"datasets/{name}/checksums.tsv lists with their origins."
            )
        if files.sha256(file, MOST) != digest:
            raise ValueError(
                f"{file} is altered: its SHA-256 is not the registered one; fetch it from its origin "
                f"again (datasets/{name}/checksums.tsv)."
            )


def registered(name):
    """The SHA-256 of each file of a set, by its name."""
    table = files.read(Path(datasets.__path__[-1]) / name / "checksums.tsv", file_sizes.TEXT).decode()
    rows = csv.reader(io.StringIO(table), delimiter="\t")
    return {file_name: digest for _, _, digest, file_name in rows}


def photograph(content, name, grey):
    """The image in a file's bytes: uint8, `(height, width)` if grey, else `(height, width, 3)` in RGB."""
    image = decode(content, name)
    if grey:
        return luminance(image)
    return image if image.ndim == 3 else image[..., None].repeat(3, axis=-1)
