"""Which files the package wrote: these it may replace, others only their owner may remove."""

import zipfile

from amp_net.images.software_mark import is_marked
from amp_net.storage import others

OF_MEASUREMENTS = {"version.npy", "phi_sha256.npy", "content_sha256.npy"}


def is_ours(file):
    """Whether an open file is an image that was `marked`, or a measurement file."""
    if is_marked(file):
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            return {*archive.namelist()} >= OF_MEASUREMENTS
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def check(target):
    """Raises a ValueError if there is a file that the package did not write."""
    others.check(target, is_ours)
