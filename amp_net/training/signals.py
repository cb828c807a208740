"""Asking a training to stop: SIGTERM, as of a cluster that wants its machine back, and Ctrl-C."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

ASKING = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def calling(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first of these signals in here; another one does what it would do without this.

    Only the main thread of a process can do so; elsewhere nothing is called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in ASKING}

    def leave() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def asked(number: int, frame: Any) -> None:
        leave()
        stop()

    for number in ASKING:
        signal.signal(number, asked)
    try:
        yield
    finally:
        leave()
