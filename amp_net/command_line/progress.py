"""How far a long piece of work is, on stderr, and what was done, on stdout.

A terminal shows a bar with rate and remaining time. Elsewhere the commands write a line a minute, and Python
programs that use the package nothing.
"""

import contextlib
import dataclasses
import sys
from collections.abc import Collection, Iterable, Iterator
from time import monotonic
from typing import TypeVar

from tqdm import tqdm

from amp_net.storage.printable import printable

Item = TypeVar("Item")
EVERY = 60.0
"""Seconds between the lines where there is no terminal."""


@dataclasses.dataclass
class Shown:
    """What is shown in this process.

    Attributes:
        lines: whether lines are written where there is no terminal.
        quiet: whether nothing is shown but errors and results.
    """

    lines: bool = False
    quiet: bool = False


SHOWN = Shown()


def bar(items: Iterable[Item], unit: str, leave: bool = False) -> Iterable[Item]:
    """The items, one by one; each counts as done when the next is asked for.

    Args:
        items: what is worked on; of what has no length nothing is shown.
        unit: what to call one of them.
        leave: whether a terminal goes on to show the bar when the work is done.
    """
    if SHOWN.quiet or not isinstance(items, Collection):
        return items
    if _on_terminal():
        return tqdm(items, unit=unit, leave=leave)
    return _with_lines(items, unit) if SHOWN.lines else items


def say(text: str) -> None:
    """Writes a line to stdout, beside a bar if there is one, unless the user wants quiet."""
    if not SHOWN.quiet:
        with tqdm.external_write_mode() if _on_terminal() else contextlib.nullcontext():
            print(printable(text), flush=True)


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> tuple(duration(each) for each in (0.234, 41.8, 200, 7500))
    ('0.2 s', '42 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    if not minutes:
        return f"{left} s"
    if minutes < 60:
        return f"{minutes} min {left} s"
    return f"{minutes // 60} h {minutes % 60} min"


def counted(number: int, what: str) -> str:
    """A number and its noun: `1 file`, `3 files`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _with_lines(items: Collection[Item], unit: str) -> Iterator[Item]:
    started = told = monotonic()
    for done, item in enumerate(items):
        now = monotonic()
        if done and now >= told + EVERY:
            rate, told = done / (now - started), now
            left = duration((len(items) - done) / rate)
            took = duration(now - started)
            print(
                f"{done} of {len(items)} {unit}s in {took}, {rate:.2g} a second; about {left} left.",
                file=sys.stderr,
                flush=True,
            )
        yield item
