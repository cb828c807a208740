"""Trains and ships every preset in turn: `python -m experiments.recipe.train_all --data_dir=FOLDER`.

What is shipped by the same recipe already is skipped, and a run that was stopped goes on, so the command can
be stopped at any moment and given again. Each preset starts from a neighbour that is done by then.
"""

import shlex
import subprocess
import sys

from absl import flags, logging

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from experiments.recipe.plan import RUNS, plan, rounds_left

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_list("preset", [], "Which presets, with commas; without it all fourteen.")
MEASURED = ("set11", "bsd68")
"""The test sets that take a minute or two; the others wait for `experiments.paper.results`."""


def main():
    """From the flags to one command of each kind for each preset."""
    recipe = plan()
    unknown = [name for name in FLAGS.preset if name not in recipe]
    if unknown:
        raise ValueError(f"There is no preset {unknown[0]!r} in the plan: {', '.join(recipe)}.")
    data = [f"--data_dir={FLAGS.data_dir}"] if FLAGS.data_dir else []
    for name in FLAGS.preset or recipe:
        left = rounds_left(name, recipe[name])
        if not left:
            print(f"{name} is complete.", flush=True)
        for number, arguments in left:
            folder = RUNS / (name if number == 1 else f"{name}_round{number}")
            _run("amp_net.train", *arguments, f"--output_dir={folder}", *data)
            _run("experiments.recipe.release", f"--run={folder}", f"--preset={name}")
        # What is complete may have been stopped before this; what is measured is not measured again.
        _run("experiments.paper.results", f"--preset={name}", f"--dataset={','.join(MEASURED)}", *data)


def _run(module, *arguments):
    logging.info("%s %s", module, shlex.join(arguments))
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)
    if done.returncode:
        raise ValueError(f"{module} {shlex.join(arguments)} failed; see above.")


if __name__ == "__main__":
    cli.run(main)
