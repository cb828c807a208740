"""Starts programs by `forking_server.py`, to spare each of them the import of TensorFlow."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).with_name("forking_server.py")
UNHEEDED = {"PYTEST_CURRENT_TEST", "TF_CONFIG"}
"""Variables that may differ between a program and the server that has imported for it."""


def heeded(environment):
    return {name: value for name, value in environment.items() if name not in UNHEEDED}


class ForkedProcess:
    """What the tests need of `subprocess.Popen`, for a process that a server forked."""

    def __init__(self, replies):
        self.replies = replies
        self.returncode = None
        self.pid = self._next()

    def _next(self):
        reply = os.read(self.replies, 4)
        assert reply, "the server has ended"
        return int.from_bytes(reply, sys.byteorder, signed=True)

    def wait(self, timeout=None):
        if self.returncode is None:
            if not select.select([self.replies], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            self.returncode = self._next()
            os.close(self.replies)
        return self.returncode

    def poll(self):
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, by):
        if self.poll() is None:
            os.kill(self.pid, by)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class ForkingServer:
    """Starts Python programs, by forking where they need no other environment than the server's."""

    def __init__(self, environment, folder):
        self.environment = heeded(environment)
        self.orders, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, SCRIPT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env=self.environment,
                pass_fds=[theirs.fileno()],
            )

    def start(self, program, folder, environment, stdin, stdout, stderr):
        """A process that runs `python PROGRAM`, a list of `-m` and a module or of a script, and arguments.

        A program reads much of its environment while it imports; where this is not what the server had when
        it did that, the program has to import for itself.
        """
        program = [str(each) for each in program]
        if heeded(environment) != self.environment:
            return subprocess.Popen(
                [sys.executable, *program],
                cwd=folder,
                env=environment,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        replies, pipe = os.pipe()
        order = {"program": program, "folder": str(folder), "environment": dict(environment)}
        streams = [stream.fileno() for stream in (stdin, stdout, stderr)]
        socket.send_fds(self.orders, [json.dumps(order).encode()], [*streams, pipe])
        os.close(pipe)
        return ForkedProcess(replies)

    @contextlib.contextmanager
    def started(self, program, folder, environment):
        """A program that runs; gives what waits for it, for so many seconds, as `subprocess.run` does.

        The output is captured as text. With the context the program ends.
        """
        with (
            open(os.devnull) as stdin,
            tempfile.TemporaryFile("w+") as stdout,
            tempfile.TemporaryFile("w+") as stderr,
        ):
            process = self.start(program, folder, environment, stdin, stdout, stderr)

            def finished(timeout):
                process.wait(timeout)
                for stream in (stdout, stderr):
                    stream.seek(0)
                return subprocess.CompletedProcess(program, process.returncode, stdout.read(), stderr.read())

            try:
                yield finished
            finally:
                process.kill()

    def run(self, program, folder, environment, timeout):
        """As `subprocess.run` does that captures the output as text."""
        with self.started(program, folder, environment) as finished:
            return finished(timeout)

    def close(self):
        self.orders.close()
        self.process.wait()
