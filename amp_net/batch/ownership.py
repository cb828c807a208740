"""Which files the package wrote: these it may replace, others only their owner may remove."""

import io
import zipfile
from pathlib import Path
from typing import Any

from amp_net.images.software_mark import is_marked
from amp_net.storage.disk import others

NAME = b"amp_net"
OF_MEASUREMENTS = {"version.npy", "phi_sha256.npy", "content_sha256.npy"}


def marked_archive(content: bytes) -> bytes:
    """A `.npz` file that names this package in its comment."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = NAME
    return buffer.getvalue()


def is_ours(file: Any) -> bool:
    """Whether an open file is an image or an archive that was marked, or a measurement file."""
    if is_marked(file):
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.comment == NAME or {*archive.namelist()} >= OF_MEASUREMENTS
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def check(target: str | Path) -> None:
    """Raises a ValueError if there is a file that the package did not write."""
    others.check(target, is_ours)
