"""What image decoders written in C say on standard error, where they know no other place to say it."""

import contextlib
import os
import re
import tempfile
import threading

from absl import logging

from amp_net.storage.printable import printable

DAMAGE = re.compile(
    r"JPEG|Invalid SOS|progression|marker|DHT|DQT|restart|premature end|extraneous bytes", re.IGNORECASE
)
"""Found in the lines in which libjpeg reports damage; others say that something is unusual."""
WHEN = re.compile(r"(?<=^\[)( *\w+):\d+@[\d.]+(?=\])")
"""What OpenCV puts before each line: its kind, and when it was."""
MOST_BYTES, MOST_LINES = 2**16, 10
"""Of what a decoder says of one file; some say the same of every row."""
_LOCK = threading.Lock()


@contextlib.contextmanager
def named(name):
    """Logs with a file's name, when the block is done, the lines that went to standard error meanwhile.

    Args:
        name: what to call the file.
    """
    found = []
    try:
        with _collected(found):
            yield
    finally:
        lines = list(dict.fromkeys(WHEN.sub(r"\1", line) for line in found))
        if len(lines) > MOST_LINES:
            lines[MOST_LINES:] = ["and more."]
        for line in lines:
            meaning = " may be damaged" if DAMAGE.search(line) else ", while it was read"
            logging.warning("%s%s: %s", printable(name), meaning, printable(line))


@contextlib.contextmanager
def _collected(found):
    """Adds what goes to standard error to a list, unless that is closed. One thread at a time."""
    with _LOCK, contextlib.ExitStack() as stack:
        try:
            before = os.dup(2)
        except OSError:
            yield
            return
        stack.callback(os.close, before)
        file = stack.enter_context(tempfile.TemporaryFile())
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            file.seek(0)
            lines = (line.strip() for line in file.read(MOST_BYTES).decode(errors="replace").splitlines())
            found.extend(line for line in lines if line)
