"""Many files through one function: what is done is skipped, what fails is listed."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from amp_net.command_line import progress
from amp_net.storage.printable import printable
from amp_net.storage.searched import find

__all__ = ["find", "in_a_line", "run"]


def run(
    targets: dict[Path, Path],
    work: Callable[[Path, Path], str],
    overwrite: bool = False,
    where: str | Path = "",
) -> None:
    """Makes each target from its source, shows how far it is, and goes on after a failure.

    At the end it says how many were made, in which time, and where.

    Args:
        targets: a dict of source to target path.
        work: a function of a source and a target that writes the target, all or nothing, and returns a
            line to print, or raises.
        overwrite: whether a target that is there is made anew; without, it is skipped, whatever it was
            made with.
        where: the folder of the targets, to be named.

    Raises:
        ValueError: before any work if two sources have the same target; at the end, if a source failed,
            with a list of them.
    """
    sources: dict[Path, Path] = {}
    for source, target in targets.items():
        if target in sources:
            raise ValueError(
                f"{printable(sources[target])} and {printable(source)} would both be written to "
                f"{printable(target)}; do one at a time."
            )
        sources[target] = source
    failures, skipped, started = [], 0, monotonic()
    try:
        for source, target in progress.bar(targets.items(), "file", leave=True):
            line = None
            try:
                if target.exists() and not overwrite:
                    skipped += 1
                else:
                    line = work(source, target)
            except Exception as error:
                # No file, however odd, ends the batch.
                failures.append(_line(source, error))
            if line is not None:
                progress.say(line)
    except KeyboardInterrupt:
        print(*failures, sep="\n")
        raise
    if skipped:
        progress.say(f"{skipped} of {len(targets)} were there already; --overwrite makes them anew.")
    made = progress.counted(len(targets) - skipped - len(failures), "file")
    place = f", in {where}" if where else ""
    progress.say(f"{made} written in {progress.duration(monotonic() - started)}{place}.")
    if failures:
        raise ValueError(f"{len(failures)} of {len(targets)} files failed:\n" + "\n".join(failures))


def in_a_line(error: BaseException) -> str:
    """What an exception says, without line breaks; if it says nothing, its kind."""
    return " ".join(str(error).split()) or type(error).__name__


def _line(source: Path, error: BaseException) -> str:
    name = printable(source)
    # First the name, whose line breaks are shown, and then those of the message, which are not.
    message = printable(" ".join(str(error).replace(str(source), name).split()) or in_a_line(error))
    return message if name in message else f"{name}: {message}"
