import contextlib
import csv
import random
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

KILLS = 20
PATIENCE = 300
"""Seconds after which a training that neither writes nor ends has hung."""


class Training:
    """A process that trains in a folder once it is told to; the imports are behind it by then."""

    def __init__(self, folder, environment):
        self.folder = folder
        script = Path(__file__).with_name("trained_on_demand.py")
        self.process = subprocess.Popen(
            [sys.executable, script, folder], stdin=subprocess.PIPE, env=environment
        )

    def start(self):
        self.process.stdin.close()

    def records(self):
        return sorted(self.folder.glob("state/step_*.json"))

    def wait_for_a_save(self):
        """Returns as soon as a state is being written."""
        before, deadline = self.files(), time.monotonic() + PATIENCE
        while self.process.poll() is None and self.files() <= before:
            assert time.monotonic() < deadline, "it hangs"
            time.sleep(0.001)

    def files(self):
        """What is in the folder of the states; a file that is written anew counts as another."""
        found = set()
        for path in self.folder.glob("state/*"):
            with contextlib.suppress(FileNotFoundError):
                found.add((path.name, path.stat().st_ino))
        return found

    def kill(self):
        self.process.kill()
        return self.process.wait(PATIENCE)

    def finish(self):
        self.start()
        assert self.process.wait(PATIENCE) == 0


def variables(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {}))
    return found


def history(folder):
    names, *rows = csv.reader((folder / "history.csv").read_text().splitlines())
    return [
        [float(value) for name, value in zip(names, row, strict=True) if name != "seconds"] for row in rows
    ]


def assert_same_outcome(folder, expected):
    """The same weights and optimizer state to the bit; reported figures to rounding."""
    states = [max((run / "state").glob("*.weights.h5")) for run in (folder, expected)]
    bests = [run / "best" / "model.weights.h5" for run in (folder, expected)]
    for path, other in (states, bests):
        assert path.name == other.name
        here, there = variables(path), variables(other)
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_array_equal(here[name], there[name], name)
    assert any("optimizer" in name for name in variables(states[0]))
    np.testing.assert_allclose(history(folder), history(expected), rtol=1e-5)
    for part in (".", "state", "best"):
        left, wanted = (sorted(path.name for path in (run / part).iterdir()) for run in (folder, expected))
        assert left == wanted


def test_a_training_killed_twenty_times_ends_with_the_undisturbed_weights(tmp_path, command_environment):
    rng = random.Random(7)
    undisturbed = Training(tmp_path / "undisturbed", command_environment)
    undisturbed.finish()
    folder, reached = tmp_path / "run", set()
    training = Training(folder, command_environment)
    for kill in range(KILLS):
        following = Training(folder, command_environment)
        training.start()
        if kill % 4 == 0:
            # Anywhere: while it builds, restores, trains or validates.
            time.sleep(rng.uniform(0, 4))
        else:
            training.wait_for_a_save()
            time.sleep(rng.uniform(0, 0.15))
        assert training.kill() == -9, "the training ended before it was killed often enough"
        reached.add(len(training.records()) and training.records()[-1].stem)
        training = following
    training.finish()
    assert len(reached) > KILLS / 4, "the lives came on"
    assert_same_outcome(folder, undisturbed.folder)
