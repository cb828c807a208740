"""Which files the package wrote: these it may replace, others only their owner may remove."""

import zipfile
from pathlib import Path
from typing import Any

from amp_net.images.software_mark import is_marked
from amp_net.storage import others

OF_MEASUREMENTS = {"version.npy", "phi_sha256.npy", "content_sha256.npy"}


def is_ours(file: Any) -> bool:
    """Whether an open file is an image that was `marked`, or a measurement file."""
    if is_marked(file):
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            return {*archive.namelist()} >= OF_MEASUREMENTS
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def check(target: str | Path) -> None:
    """Raises a ValueError if there is a file that the package did not write."""
    others.check(target, is_ours)
