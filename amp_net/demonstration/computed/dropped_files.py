"""Files that were dropped on the page, where they are kept for a while."""

from pathlib import Path

from amp_net.storage.printable import printable


def check(path: str | Path) -> None:
    """Raises a ValueError for a file that has been deleted since."""
    if not Path(path).exists():
        raise ValueError(f"{printable(Path(path).name)} is no longer there; drop it again.")
