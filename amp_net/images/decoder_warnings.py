"""What image decoders written in C say on standard error, where they know no other place to say it."""

import contextlib
import os
import re
import tempfile
import threading

DAMAGE = re.compile(
    r"JPEG|Invalid SOS|progression|marker|DHT|DQT|restart|premature end|extraneous bytes", re.IGNORECASE
)
"""Found in the lines in which libjpeg tells of damage; others say that something is unusual."""
_LOCK = threading.Lock()


@contextlib.contextmanager
def collected():
    """Gives a list that holds, when the block is done, the lines that went to standard error meanwhile.

    It stays empty where standard error is closed. One thread at a time.
    """
    found = []
    with _LOCK, contextlib.ExitStack() as stack:
        try:
            before = os.dup(2)
        except OSError:
            yield found
            return
        stack.callback(os.close, before)
        file = stack.enter_context(tempfile.TemporaryFile())
        os.dup2(file.fileno(), 2)
        try:
            yield found
        finally:
            os.dup2(before, 2)
            file.seek(0)
            lines = (line.strip() for line in file.read().decode(errors="replace").splitlines())
            found.extend(line for line in lines if line)
