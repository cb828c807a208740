"""What a long piece of work has done already, so that it goes on after it was killed."""

import contextlib
import hashlib
import json
import re
from pathlib import Path

from amp_net.storage import file_sizes
from amp_net.storage.disk import files, folders

PART = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}")
"""Names of the parts' files."""


class Kept:
    """Parts of a piece of work, in a folder of their own until it is finished.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Kept(f"{folder}/parts", {"preset": "mine"})
    ...     kept.put("first", b"1")
    ...     kept.get("first"), kept.get("second")
    (b'1', None)

    Args:
        folder: where to; it is made with the first part. Parts of other work that are there are not used, and
            go when this is finished.
        work: what the parts depend on, as JSON has it.
    """

    def __init__(self, folder, work):
        self.folder = Path(folder)
        self.name = hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()[:32]

    def get(self, key):
        """A part's bytes; None if it is not there.

        Args:
            key: of the part; numbers and texts.
        """
        path = self._path(key)
        return files.read(path, file_sizes.PART) if path.is_file() else None

    def put(self, key, content):
        """Keeps a part's bytes, whole or not at all.

        Raises:
            ValueError: if it cannot be written, or the folder is a link.
        """
        if self.folder.is_symlink():
            raise ValueError(f"{self.folder} is a link; remove it.")
        folders.make_folder(self.folder)
        files.write(self._path(key), content)

    def finish(self):
        """Removes the parts, of other work too, and the folder if nothing else is in it."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if PART.fullmatch(path.name):
                    path.unlink()
            self.folder.rmdir()

    def _path(self, key):
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        return self.folder / f"{self.name}-{digest}"
