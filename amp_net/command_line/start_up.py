"""TensorFlow's start-up lines: they are for its developers, and do not reach the user of a command."""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

LIBRARY = "tensorflow"
FILTER = r"""
import re, sys
told = re.compile(rb"I\d{4} |WARNING: All log messages before absl::|[WE]\d{4} .* already (been )?registered")
for line in sys.stdin.buffer:
    if not told.match(line):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""
"""Drops what is written at the level INFO, the line that announces it, and what TensorFlow's own parts say of
each other; all else passes."""


def are_asked_for() -> bool:
    """Whether TF_CPP_MIN_LOG_LEVEL lets them through, as it does where it is not set."""
    return os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") == "0"


def hide_when_imported() -> None:
    """Has TensorFlow's start-up lines left out, whoever imports it first; does nothing if it is imported.

    TensorFlow 2.21 writes them whatever TF_CPP_MIN_LOG_LEVEL says: it logs before it has read the variable.
    """
    if LIBRARY not in sys.modules:
        sys.meta_path.insert(0, _Finder())


@contextlib.contextmanager
def without_start_up_lines() -> Iterator[None]:
    """Inside, what is written to file descriptor 2 goes through the `FILTER`, a process of its own.

    So an error is seen even if it ends this process at once.
    """
    try:
        before = os.dup(2)
        # Not reached by Ctrl-C, which would end it before this process has said its last.
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", FILTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        # There is no stderr, or no memory for a process: then there is nothing to hide, or no way.
        yield
        return
    assert process.stdin is not None
    sys.stderr.flush()
    os.dup2(process.stdin.fileno(), 2)
    process.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)
        os.close(before)
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It ends when nobody writes to it any more; what the import started may live on.
            process.wait(timeout=5)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as the others do, once, and has it run inside `without_start_up_lines`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != LIBRARY:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        loader: Any = spec and spec.loader
        if loader is not None:
            run = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                with without_start_up_lines():
                    run(module)

            loader.exec_module = exec_module
        return spec
