"""Results as text: for the screen, CSV, JSON, Markdown and LaTeX."""

import json
import math
from pathlib import Path

from amp_net.evaluation import FIELDS, markup
from amp_net.storage import file_sizes, texts
from amp_net.storage.disk import files, others
from amp_net.storage.printable import printable

HEADINGS = ("preset", "data set", "images", "PSNR (dB)", "SSIM", "PSNR of Y (dB)", "s/image")
MANIFEST = "photographs.json"
SUMMARY = ("preset", "dataset", "images", *FIELDS[3:])
TEX = "% Rows of a table, by amp_net.\n"
"""The first line of the rows for LaTeX."""


def write(folder, rows, summary):
    """Writes `results.csv`, `summary.json`, `results.md` and `results.tex`.

    Args:
        folder: where to.
        rows: as `evaluation.evaluate` yields them.
        summary: as `evaluation.summarize` gives it.

    Raises:
        ValueError: if a file cannot be written, or is there and is none of ours.
    """
    folder = Path(folder)
    check(folder)
    lines = [
        {field: f"{value:.4f}" if isinstance(value, float) else value for field, value in row.items()}
        for row in rows
    ]
    rounded = [{field: _number(value) for field, value in means.items()} for means in summary]
    texts.write_csv(folder / "results.csv", FIELDS, lines)
    files.write(folder / "summary.json", json.dumps(rounded, indent=2) + "\n")
    files.write(folder / "results.md", markdown(summary))
    files.write(folder / "results.tex", latex(summary))


def check(folder):
    """Raises a ValueError if one of these files is there and the package did not write it."""
    for name, is_ours in OURS.items():
        others.check(Path(folder) / name, is_ours)


def write_manifest(folder, photographs):
    """Writes `photographs.json`: the SHA-256 of each photograph of one's own, by which results are known.

    Args:
        folder: where to.
        photographs: as `evaluation.load_all` gives them; known sets have their own tables
            (datasets/*/checksums.tsv).

    Raises:
        ValueError: if the file cannot be written, or is there and is none of ours.
    """
    path = Path(folder) / MANIFEST
    own = {name: loaded.manifest for name, loaded in photographs.items() if hasattr(loaded, "manifest")}
    if own:
        others.check(path, OURS[MANIFEST])
        files.write(path, json.dumps(own, indent=1) + "\n")


def markdown(summary):
    """The summary as a Markdown table."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(_cells(means, markup.markdown) for means in summary)]
    return "".join(map(_line, lines))


def latex(summary):
    """The summary as rows of a LaTeX table."""
    rows = [_cells(means, markup.latex) for means in summary]
    return TEX + "".join(" & ".join(row) + " \\\\\n" for row in rows)


def screen(summary):
    """The summary in aligned columns."""
    lines = [HEADINGS, *map(_cells, summary)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _number(value):
    """Rounded for JSON, which knows no infinity."""
    if not isinstance(value, float):
        return value
    return round(value, 4) if math.isfinite(value) else None


def _line(cells):
    return f"| {' | '.join(cells)} |\n"


def _cells(means, shown=printable):
    return (
        shown(means["preset"]),
        shown(means["dataset"]),
        str(means["images"]),
        f"{means['psnr']:.2f}",
        f"{means['ssim']:.4f}",
        f"{means['psnr_y']:.2f}",
        f"{means['seconds']:.2f}",
    )


def _begins(text):
    """A function of an open file, whether it begins so."""
    return lambda file: file.read(len(text.encode())) == text.encode()


def _content(file):
    """What is in an open JSON file, None if it is none."""
    try:
        return json.loads(file.read(file_sizes.TEXT))
    except (ValueError, RecursionError):
        return None


def _is_summary(file):
    found = _content(file)
    return isinstance(found, list) and all(
        isinstance(means, dict) and tuple(means) == SUMMARY for means in found
    )


def _is_manifest(file):
    found = _content(file)
    return isinstance(found, dict) and all(
        isinstance(entries, list) and all(isinstance(entry, dict) and "sha256" in entry for entry in entries)
        for entries in found.values()
    )


OURS = {
    "results.csv": _begins(",".join(FIELDS) + "\n"),
    "summary.json": _is_summary,
    "results.md": _begins(_line(HEADINGS)),
    "results.tex": _begins(TEX),
    MANIFEST: _is_manifest,
}
"""The files, and how each is known again."""
