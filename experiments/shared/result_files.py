"""The files of measured results: `experiments/results/test_sets/SET.csv`, a row an image; and pictures."""

import io
import statistics
from pathlib import Path

import numpy as np
from PIL import Image

from amp_net import evaluation
from amp_net.storage import texts
from amp_net.storage.disk import files

RESULTS = Path(__file__).resolve().parent.parent / "results"
TITLES = {"set11": "Set11", "bsd68": "BSD68", "bsds100": "BSDS100", "urban100": "Urban100"}
SETS = tuple(TITLES)
COLUMNS = ("preset", "weights", "image", "psnr", "ssim", "psnr_unclipped", "psnr_y")
MEANS = ("psnr", "ssim", "psnr_unclipped", "psnr_y")


def read(dataset):
    """The rows of a set's CSV file, as dicts of strings; none if there is no file."""
    return texts.read_csv(_path(dataset))


def write(dataset, rows):
    """Writes a set's CSV file, ordered by preset, then as the images came."""
    texts.write_csv(_path(dataset), COLUMNS, sorted(rows, key=lambda row: row["preset"]))


def small_png(picture):
    """A PNG picture in 256 colours at most, as many as grey photographs have; grey ones lose nothing."""
    image, buffer = Image.open(io.BytesIO(picture)).convert("RGB"), io.BytesIO()
    pixels = np.asarray(image)
    grey = (pixels == pixels[..., :1]).all()
    small = image.convert("L") if grey else image.quantize(256, dither=Image.Dither.NONE)
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def small_jpeg(picture):
    """A JPEG picture of a PNG one, a third to half its size where it shows photographs."""
    image, buffer = Image.open(io.BytesIO(picture)).convert("RGB"), io.BytesIO()
    pixels = np.asarray(image)
    image = image.convert("L") if (pixels == pixels[..., :1]).all() else image
    image.save(buffer, "JPEG", quality=80, optimize=True)
    return buffer.getvalue()


def save_figure(figure, path, dpi):
    """Writes a figure of Matplotlib as a `small_png`, or as a `small_jpeg` if the path ends in `.jpg`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi)
    small = small_jpeg if path.suffix == ".jpg" else small_png
    files.write(path, small(buffer.getvalue()))


def fingerprint(preset):
    """The first twelve digits of `measured_sha256`."""
    # TensorFlow comes with it, and is to be imported after the commands have set it up.
    from amp_net.models import presets

    return measured_sha256(presets.load_metadata(preset))[:12]


def measured_sha256(metadata):
    """The SHA-256 of the weights that were measured: those before rounding, if a preset was rounded since."""
    rounded = metadata.get("rounded", {})
    stored = metadata["weights_sha256"]
    return rounded["from_sha256"] if rounded.get("to_sha256") == stored else stored


def means(rows):
    """Number of images and means of a preset's rows, as `metadata.json` keeps them."""
    return {
        "images": len(rows),
        **{name: round(statistics.fmean(float(row[name]) for row in rows), 4) for name in MEANS},
    }


def measured(preset, dataset, weights):
    """The rows that a set's CSV file has of a preset with these weights."""
    return [row for row in read(dataset) if (row["preset"], row["weights"]) == (preset, weights)]


def measure(preset, weights, dataset, data_dir):
    """Measures the images of a set that a preset has not rebuilt yet, and keeps the row of each at once.

    Rows of the preset with other weights go.

    Returns:
        The rows of all images.
    """
    done = [row["image"] for row in measured(preset, dataset, weights)]
    for row in evaluation.evaluate([preset], [dataset], data_dir, skip=done, way="blockwise"):
        figures = {name: f"{row[name]:.4f}" for name in MEANS}
        new = {"preset": preset, "weights": weights, "image": row["image"], **figures}
        kept = [old for old in read(dataset) if old["preset"] != preset or old["weights"] == weights]
        write(dataset, [*kept, new])
    return measured(preset, dataset, weights)


def complete(preset, dataset, data_dir):
    """Measures what is missing of a preset on a set, and notes the means in its metadata.

    Returns:
        The means.
    """
    from amp_net.models import presets

    weights = fingerprint(preset)
    rows = measured(preset, dataset, weights)
    if not rows or means(rows) != presets.load_metadata(preset)["results"].get(dataset):
        rows = measure(preset, weights, dataset, data_dir)
        note(preset, weights, results={dataset: means(rows)})
    return means(rows)


def note(preset, weights, results=(), **entries):
    """Adds to a preset's metadata what was measured of its weights.

    Raises:
        ValueError: if the preset has other weights by now.
    """
    from amp_net.models import presets

    metadata = presets.load_metadata(preset)
    if fingerprint(preset) != weights:
        raise ValueError(f"{preset} was replaced while it was measured; give the command again.")
    metadata = {**metadata, **entries, "results": {**metadata["results"], **dict(results)}}
    presets.save_metadata(preset, metadata)


def _path(dataset):
    return RESULTS / "test_sets" / f"{dataset}.csv"
