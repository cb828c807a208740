"""Files that are there and that the package did not write: only their owner may remove them."""

from pathlib import Path

from amp_net.storage.disk import files


def check(path, is_ours):
    """Raises a ValueError if there is a file that the package did not write.

    Args:
        path: of a file that is to be written.
        is_ours: a function of the open file, whether it is like those that the package writes there.
    """
    if Path(path).exists():
        with files.opened(path) as file:
            if not is_ours(file):
                raise error(path)


def error(path):
    """The error for a file of somebody else's."""
    return ValueError(f"{path} is there, and was not written by amp_net; remove it or take another folder.")
