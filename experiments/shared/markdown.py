"""What the pages of the experiments are made of."""

import shlex

from amp_net.command_line import cli


def table(heading, rows):
    """A Markdown table; cells are shown as `str` shows them."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)


def command(module, places=("data_dir",)):
    """The command that this process was started by, as code, without the flags that name places."""
    return f"`{shlex.join(['python', '-m', module, *cli.arguments_given(places)])}`"
