"""Asking a training to stop: SIGTERM, as of a cluster that wants its machine back, and Ctrl-C."""

import contextlib
import signal
import threading

ASKING = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def calling(stop):
    """Calls `stop` at the first of these signals in here; another one does what it would do without this.

    Only the main thread of a process can do so; elsewhere nothing is called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in ASKING}

    def leave():
        for number, handler in before.items():
            signal.signal(number, handler)

    def asked(number, frame):
        leave()
        stop()

    for number in ASKING:
        signal.signal(number, asked)
    try:
        yield
    finally:
        leave()
