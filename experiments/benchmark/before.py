"""Whether this tree is as fast as an older one: `python -m experiments.benchmark.before --commit=COMMIT`.

Both run in processes of their own, which take turns on one machine: the older tree is checked out into a
folder that is removed again. Needs a clone with its history. Writes
`experiments/results/benchmark/before.md`, under a heading for the machine.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import flags

from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.benchmark import timed_tree
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS
from experiments.shared.timing import PAUSE, machine, with_section

ROOT = Path(__file__).parents[2]
PAGE = RESULTS / "benchmark" / "before.md"

FLAGS = flags.FLAGS
flags.DEFINE_string("commit", "03dd5a6", "The older tree; by default the last of 0.1.")
flags.DEFINE_integer("rounds", 15, "How often each has its turn.", lower_bound=1)


@contextlib.contextmanager
def checked_out(commit):
    """The folder of a tree as it was at a commit.

    Raises:
        ValueError: if git does not know the commit, or this is no clone.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
        if archive.returncode:
            raise ValueError(f"git has no commit {commit} here: {archive.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


@contextlib.contextmanager
def worker(tree):
    """A process that times tasks with a tree's package, and the names of these."""
    process = subprocess.Popen(
        [sys.executable, timed_tree.__file__],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "TF_CPP_MIN_LOG_LEVEL": "2"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline().strip().split(";")
    finally:
        process.kill()
        process.communicate()


def seconds(process, task):
    """The seconds of a task, the second time it is done.

    Raises:
        RuntimeError: if the process has ended.
    """
    process.stdin.write(f"{task}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"The process that was to do {task!r} has ended.")
    return float(answer)


def compare(trees, rounds):
    """Rows of a task, median milliseconds in each of two trees, and the median of what a pair's are apart."""
    with contextlib.ExitStack() as stack:
        (before, names), (now, also) = (stack.enter_context(worker(tree)) for tree in trees)
        if names != also:
            raise ValueError(f"The trees do different tasks: {names} and {also}.")
        rows = []
        for task in names:
            pairs = []
            for turn in range(rounds):
                order = (before, now) if turn % 2 else (now, before)
                time.sleep(PAUSE)
                took = {process: seconds(process, task) for process in order}
                pairs.append((took[before], took[now]))
            medians = [1000 * statistics.median(part) for part in zip(*pairs, strict=True)]
            ratio = statistics.median(new / old for old, new in pairs)
            rows.append((task, *(f"{median:.0f}" for median in medians), f"{ratio:.3f}"))
            print(*rows[-1], flush=True)
        return rows


def main():
    """From the flags to one table."""
    with checked_out(FLAGS.commit) as before:
        rows = compare((before, ROOT), FLAGS.rounds)
    page = (
        f"{command('experiments.benchmark.before')}: milliseconds of {timed_tree.BLOCKS} blocks of 33×33, "
        f"medians of {FLAGS.rounds} turns, and the median ratio of a turn's two; commit {FLAGS.commit} is "
        f"before.\n\n{table(('', 'before', 'now', 'now : before'), rows)}"
    )
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    files.write(PAGE, with_section(old, machine(), page))


if __name__ == "__main__":
    cli.run(main)
