"""AMP-Net and AMPA-Net, compressed sensing of images: the one door to all commands."""

import ast
import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from amp_net import __version__

COMMANDS = ("sense", "reconstruct", "patterns", "evaluate", "train", "export", "demo", "beam_reconstruct")
"""Modules of this package, in the order in which they are listed."""
HELP = ("--help", "-h", "-help", "help", "--helpfull", "--helpshort")


def run() -> None:
    """The console script: `amp_net sense …` is `amp_net.sense …`."""
    name, arguments = (sys.argv[1:2] or ["--help"])[0], sys.argv[2:]
    if name in HELP:
        if arguments and arguments[0] in COMMANDS:
            # As in `amp_net help sense`.
            name, arguments = arguments[0], ["--help"]
        else:
            print(listed())
            return
    if name in ("--version", "-V"):
        print(f"amp_net {__version__}")
        return
    if name not in COMMANDS:
        sys.exit(f"Error: {unknown(name)}")
    sys.argv = [f"amp_net.{name}", *arguments]
    # Each defines its flags when it is imported, so only the one that is meant is.
    importlib.import_module(f"amp_net.{name}").run()


def listed(commands: Sequence[str] = COMMANDS) -> str:
    """The commands, each with what it does in a line: the first of its module's docstring."""
    width = max(map(len, commands))
    lines = [f"  {name:{width}}  {_purpose(name)}" for name in commands]
    return "\n".join(
        [
            f"{__doc__}\n\nUsage: amp_net COMMAND [FLAGS] [FILES]\n",
            *lines,
            "\n`amp_net COMMAND --help` shows a command's flags. `amp_net.COMMAND` and "
            "`python -m amp_net.COMMAND` start it too.",
        ]
    )


def unknown(name: str) -> str:
    """What to say of a name that no command has."""
    from amp_net.storage.printable import printable

    close = difflib.get_close_matches(name.removeprefix("amp_net."), COMMANDS, 1)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}."
    return f"There is no command {printable(name)!r}; {meant}"


def _purpose(name: str) -> str:
    text = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    # Some show how they are started, after a colon.
    return f"{first.partition(': `')[0].rstrip('.')}."


if __name__ == "__main__":
    run()
