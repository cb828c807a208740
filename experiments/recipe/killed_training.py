"""The real network, killed while it trains: `python -m experiments.recipe.killed_training`.

One training goes undisturbed; another, by the same command, is sent SIGKILL again and again, after a random
time or while it next saves after one, and started again. Says whether the two end with the same weights and
the same state of the optimizer, to the bit. Writes `experiments/results/recipe/killed_training.md`.
"""

import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from experiments.shared.markdown import command
from experiments.shared.result_files import RESULTS
from experiments.shared.timing import machine
from experiments.shared.whole import by_default, write_page

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_integer("kills", 20, "How often.")
flags.DEFINE_integer("seconds", 30, "The random time is no longer.")
flags.DEFINE_list(
    "training",
    ["--cs_ratio=25", "--steps=1200", "--batch_size=8", "--blocks=2000", "--validate_every=10"],
    "Flags of amp_net.train.",
)


def start(folder):
    """A process that trains in a folder, or goes on there."""
    data = [f"--data_dir={FLAGS.data_dir}"] if FLAGS.data_dir else []
    told = [sys.executable, "-m", "amp_net.train", *FLAGS.training, f"--output_dir={folder}", *data]
    return subprocess.Popen(told, stdout=subprocess.DEVNULL)


def kill(process, seconds, saves=None):
    """Sends SIGKILL after some seconds; given a run's folder, when that next begins to save after them.

    Raises:
        ValueError: if the process ended before.
    """
    before = _asides(saves) if saves else set()
    time.sleep(seconds)
    while saves and process.poll() is None and _asides(saves) <= before:
        time.sleep(0.001)
    process.kill()
    if process.wait() != -signal.SIGKILL:
        raise ValueError("The training ended before it was killed often enough; give it more --steps.")


def _asides(folder):
    """Files of states that are being written; one that is written anew counts as another."""
    found = set()
    for path in (folder / "state").glob(".*.part"):
        with contextlib.suppress(FileNotFoundError):
            found.add((path.stat().st_ino, path.stat().st_mtime_ns))
    return found


def variables(path):
    """All arrays of an HDF5 file, by name."""
    import h5py

    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]} if hasattr(item, "dtype") else {}))
    return found


def differences(folder, other):
    """Names of what differs between two runs, in the newest state (also of the optimizer) and in `best`."""
    import numpy as np

    found = []
    for place in ("state/*.weights.h5", "best/model.weights.h5"):
        here, there = (variables(max(run.glob(place))) for run in (folder, other))
        names = sorted(here.keys() | there.keys())
        found += [name for name in names if not np.array_equal(here.get(name), there.get(name))]
    return found


def main():
    """From the flags to a page."""

    moments = random.Random(1)
    reached = set()
    with tempfile.TemporaryDirectory() as place:
        undisturbed, killed = Path(place) / "undisturbed", Path(place) / "killed"
        if start(undisturbed).wait():
            raise ValueError("The undisturbed training failed; see above.")
        for count in range(FLAGS.kills):
            kill(start(killed), moments.uniform(0, FLAGS.seconds), killed if count % 2 else None)
            reached |= {path.name for path in killed.glob("state/*.json")}
        if start(killed).wait():
            raise ValueError("The killed training failed when it was started again; see above.")
        found = differences(killed, undisturbed)
    outcome = f"They differ in {', '.join(found)}." if found else "They end the same, to the bit."
    page = (
        f"{command('experiments.recipe.killed_training')}: `amp_net.train {' '.join(FLAGS.training)}` "
        f"undisturbed, and killed {FLAGS.kills} times, every other time while it saved; when it was killed "
        f"it held {len(reached)} different states. On {machine()}. {outcome}\n"
    )
    write_page(
        RESULTS / "recipe" / "killed_training.md", page, by_default(FLAGS, "kills", "seconds", "training")
    )


if __name__ == "__main__":
    cli.run(main)
