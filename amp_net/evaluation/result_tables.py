"""Results as text: for the screen, CSV, JSON, Markdown and LaTeX."""

import json
import math
from pathlib import Path

from amp_net.evaluation import FIELDS
from amp_net.storage import files
from amp_net.storage.printable import printable

MARKDOWN = {
    **{sign: f"\\{sign}" for sign in "\\`*[]|!"},
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;"},
}
LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet computes."""
HEADINGS = ("preset", "data set", "images", "PSNR (dB)", "SSIM", "PSNR of Y (dB)", "s/image")


def write(folder, rows, summary):
    """Writes `results.csv`, `summary.json`, `results.md` and `results.tex`.

    Args:
        folder: where to.
        rows: as `evaluation.evaluate` yields them.
        summary: as `evaluation.summarize` gives it.

    Raises:
        ValueError: if a file cannot be written.
    """
    folder = Path(folder)
    lines = [
        {
            field: f"{value:.4f}" if isinstance(value, float) else _as_text(value)
            for field, value in row.items()
        }
        for row in rows
    ]
    rounded = [{field: _number(value) for field, value in means.items()} for means in summary]
    files.write_csv(folder / "results.csv", FIELDS, lines)
    files.write(folder / "summary.json", json.dumps(rounded, indent=2) + "\n")
    files.write(folder / "results.md", markdown(summary))
    files.write(folder / "results.tex", latex(summary))


def write_manifest(folder, photographs):
    """Writes `photographs.json`: the SHA-256 of each photograph of one's own, by which results are known.

    Args:
        folder: where to.
        photographs: as `evaluation.load_all` gives them; known sets have their own tables
            (datasets/*/checksums.tsv).

    Raises:
        ValueError: if the file cannot be written.
    """
    own = {name: loaded.manifest for name, loaded in photographs.items() if hasattr(loaded, "manifest")}
    if own:
        files.write(Path(folder) / "photographs.json", json.dumps(own, indent=1) + "\n")


def markdown(summary):
    """The summary as a Markdown table."""
    rows = [[_escaped(cell, MARKDOWN) for cell in _cells(means)] for means in summary]
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex(summary):
    """The summary as rows of a LaTeX table."""
    rows = [[_escaped(cell, LATEX) for cell in _cells(means)] for means in summary]
    return "".join(" & ".join(row) + " \\\\\n" for row in rows)


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


def _as_text(value):
    """A name, behind an apostrophe where a spreadsheet would compute it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _escaped(text, rules):
    return "".join(rules.get(sign, sign) for sign in text)


def _cells(means):
    return (
        printable(means["preset"]),
        printable(means["dataset"]),
        str(means["images"]),
        f"{means['psnr']:.2f}",
        f"{means['ssim']:.4f}",
        f"{means['psnr_y']:.2f}",
        f"{means['seconds']:.2f}",
    )
