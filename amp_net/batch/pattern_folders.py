"""The folder that a device with mirrors shows: its patterns, their order, and what they are."""

import io
from pathlib import Path

import numpy as np

from amp_net.bench import Acquisition, descriptions
from amp_net.bench.mirrors import Mirrors, png
from amp_net.command_line import progress
from amp_net.storage.disk import folders

ORDER = "order.txt"
NAME = "pattern_{:05d}.png"
MOST_PATTERNS = 2**17


def write(
    folder: str | Path,
    acquisition: Acquisition,
    device: tuple[int, int] | None = None,
    scale: int | None = None,
    rotation: float = 0.0,
    dither: bool = False,
    overwrite: bool = False,
) -> str:
    """Writes the patterns of an acquisition, all or nothing.

    Args:
        folder: where to; a folder of patterns is replaced only with `overwrite`.
        acquisition: an `Acquisition`.
        device: rows and columns of mirrors, or None for those of a pattern.
        scale, rotation: as in `Mirrors`.
        dither: whether grey levels are shown as a part of a pixel's mirrors.
        overwrite: see above.

    Returns:
        What was written, in a line.

    Raises:
        ValueError: if the patterns do not fit on the device, have grey levels that are not to be dithered,
            are more than `MOST_PATTERNS`, or the folder holds other files or cannot be written.
    """
    folder = Path(folder)
    if acquisition.shown > MOST_PATTERNS:
        raise ValueError(f"{acquisition.shown} patterns are too many; {MOST_PATTERNS} are written at most.")
    mirrors = Mirrors(acquisition.frame, device, scale, rotation)
    acquisition.check_shown()
    error = _error(acquisition, mirrors, dither)
    names = [NAME.format(number) for number in range(acquisition.shown)]
    there = _names_there(folder)
    if there and not overwrite:
        raise ValueError(f"{folder} holds patterns already; --overwrite makes them anew.")
    told = {
        "rows": mirrors.device[0],
        "columns": mirrors.device[1],
        "mirrors_along_a_pixel": mirrors.scale,
        "rotation_degrees": float(rotation),
    }
    others = [descriptions.NAME, descriptions.MATRIX, ORDER]
    with folders.replacing_folder(folder, [*names, *others, *there]) as aside:
        for number, name in enumerate(progress.bar(names, "pattern")):
            (aside / name).write_bytes(png(mirrors.on(acquisition.pattern(number))))
        if acquisition.rows is not None:
            (aside / ORDER).write_text("".join(f"{row}\n" for row in acquisition.rows), encoding="utf-8")
        if acquisition.kind == "file" and acquisition.matrix is not None:
            buffer = io.BytesIO()
            np.save(buffer, acquisition.matrix)
            (aside / descriptions.MATRIX).write_bytes(buffer.getvalue())
        (aside / descriptions.NAME).write_text(descriptions.dumps(acquisition, told), encoding="utf-8")
    size = f"{mirrors.device[0]}×{mirrors.device[1]}"
    line = f"{folder}  {len(names)} patterns of {size} mirrors, {mirrors.scale} along a pixel"
    return line + (f"; dithered, {100 * error:.2g} % of Φ off" if error else "")


def _error(acquisition: Acquisition, mirrors: Mirrors, dither: bool) -> float:
    """By how much what is shown differs from Φ, root mean square relative to Φ's."""
    if acquisition.matrix is None or acquisition.two_valued:
        return 0.0
    patterns = np.abs(acquisition.matrix) / acquisition.weight
    grey = np.not_equal(patterns, np.round(patterns))
    if not grey.any():
        return 0.0
    if not dither:
        raise ValueError(
            f"{100 * grey.mean():.0f} % of Φ are grey levels, and a mirror is on or off: --dither shows them "
            "as a part of a pixel's mirrors, or take Φ of two values, as hadamard, random_01 or a binary "
            "preset."
        )
    off = mirrors.shows(patterns) - patterns
    return float(np.sqrt(np.mean(np.square(off)) / np.mean(np.square(patterns))))


def _names_there(folder: Path) -> list[str]:
    """What of a folder is ours, if there is a description in it."""
    if not (folder / descriptions.NAME).is_file():
        return []
    return [
        path.name for path in folder.glob("pattern_*.png") if path.stem.removeprefix("pattern_").isdecimal()
    ] + [descriptions.NAME]
