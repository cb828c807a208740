"""Runs `trained_on_demand.py` in processes that can be killed."""

import contextlib
import csv
import os
import signal
import tempfile
import time
from pathlib import Path

PATIENCE = 300
"""Seconds that nothing here may take."""
SCRIPT = Path(__file__).with_name("trained_on_demand.py")


class Training:
    """A process that trains in a folder once it is told to; the imports are behind it by then."""

    def __init__(self, folder, server, environment, *arguments):
        self.folder = folder
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with the object)
        stdin, self.told = os.pipe()
        with open(stdin) as orders, open(os.devnull, "w") as nowhere:
            program = [SCRIPT, folder, *arguments]
            self.process = server.start(program, SCRIPT.parent, environment, orders, nowhere, self.errors)

    def start(self):
        os.close(self.told)

    def records(self):
        return sorted(self.folder.glob("state/step_*.json"))

    def says(self):
        """What was said on stderr so far."""
        self.errors.seek(0)
        return self.errors.read()

    def wait_for(self, name):
        """Returns as soon as a file of the states' folder whose name holds this is there, or is new."""
        before, deadline = self.files(name), time.monotonic() + PATIENCE
        while self.process.poll() is None and self.files(name) <= before:
            assert time.monotonic() < deadline, "it hangs"
            time.sleep(0.001)

    def files(self, name):
        """Such files; one that is written anew counts as another."""
        found = set()
        for path in self.folder.glob(f"state/*{name}*"):
            with contextlib.suppress(FileNotFoundError):
                found.add((path.name, path.stat().st_ino))
        return found

    def kill(self, by=signal.SIGKILL):
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)

    def wait(self):
        """The exit status, and what was said on stderr."""
        return self.process.wait(PATIENCE), self.says()

    def finish(self):
        self.start()
        status, said = self.wait()
        assert status == 0, said


def history(folder):
    """The rows of a training's curve, without the seconds."""
    names, *rows = csv.reader((folder / "history.csv").read_text().splitlines())
    return [
        [float(value) for name, value in zip(names, row, strict=True) if name != "seconds"] for row in rows
    ]
