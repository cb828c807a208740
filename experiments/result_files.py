"""The files of measured results: `experiments/results/SET.csv`, a row an image."""

import csv
import io
import statistics
from pathlib import Path

from amp_net import files

RESULTS = Path(__file__).resolve().parent / "results"
SETS = ("set11", "bsd68", "bsds100", "urban100")
COLUMNS = ("preset", "weights", "image", "psnr", "ssim", "psnr_unclipped", "psnr_y")
MEANS = ("psnr", "ssim", "psnr_unclipped", "psnr_y")


def read(dataset):
    """The rows of a set's CSV file, as dicts of strings; none if there is no file."""
    path = RESULTS / f"{dataset}.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(dataset, rows):
    """Writes a set's CSV file, ordered by preset, then as the images came."""
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: row["preset"]))
    files.write(RESULTS / f"{dataset}.csv", table.getvalue())


def fingerprint(preset):
    """The first twelve digits of the SHA-256 of a preset's weights."""
    # TensorFlow comes with it, and is to be imported after the commands have set it up.
    from amp_net import presets

    return presets.load_metadata(preset)["weights_sha256"][:12]


def means(rows):
    """Number of images and means of a preset's rows, as `metadata.json` keeps them; none of no rows."""
    if not rows:
        return None
    return {
        "images": len(rows),
        **{name: round(statistics.fmean(float(row[name]) for row in rows), 4) for name in MEANS},
    }


def measured(preset, dataset):
    """The rows that a set's CSV file has of a preset's present weights."""
    weights = fingerprint(preset)
    return [row for row in read(dataset) if (row["preset"], row["weights"]) == (preset, weights)]


def measure(preset, dataset, data_dir):
    """Measures the images of a set that a preset has not rebuilt yet, and keeps the row of each at once."""
    from amp_net import evaluation

    others = [row for row in read(dataset) if row["preset"] != preset]
    own = measured(preset, dataset)
    done = [row["image"] for row in own]
    for row in evaluation.evaluate([preset], [dataset], data_dir, skip=done):
        figures = {name: f"{row[name]:.4f}" for name in MEANS}
        own.append({"preset": preset, "weights": fingerprint(preset), "image": row["image"], **figures})
        write(dataset, others + own)
