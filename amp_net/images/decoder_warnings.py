"""What image decoders written in C say on standard error, where they know no other place to say it."""

import contextlib
import os
import re
import tempfile
import threading

LIBJPEG = re.compile(
    r"JPEG|Invalid SOS|progression|marker|DHT|DQT|restart|premature end|extraneous bytes", re.IGNORECASE
)
_LOCK = threading.Lock()


@contextlib.contextmanager
def collected():
    """Gives a list that holds, when the block is done, the lines in which libjpeg warned of the file.

    Other lines go to standard error as they would have; so do all where it is closed. One thread at a time.
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
            for line in file.read().splitlines(keepends=True):
                text = line.decode(errors="replace").strip()
                if LIBJPEG.search(text):
                    found.append(text)
                else:
                    os.write(2, line)
