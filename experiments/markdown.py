"""What the pages of the experiments are made of."""

import shlex
import sys


def table(heading, rows):
    """A Markdown table; cells are shown as `str` shows them."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)


def command(module):
    """The command that this process was started by, as code, without where the data lie."""
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--data_dir")]
    return f"`{shlex.join(['python', '-m', module, *arguments])}`"
