"""What a long piece of work has done already, so that it goes on after it was killed."""

import hashlib
import json
import shutil
from pathlib import Path

from amp_net.storage import files


class Kept:
    """Parts of a piece of work, in a folder of their own until it is finished.

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
        return files.read(path) if path.is_file() else None

    def put(self, key, content):
        """Keeps a part's bytes, whole or not at all.

        Raises:
            ValueError: if it cannot be written.
        """
        files.make_folder(self.folder)
        files.write(self._path(key), content)

    def finish(self):
        """Removes the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, key):
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        return self.folder / f"{self.name}-{digest}"
