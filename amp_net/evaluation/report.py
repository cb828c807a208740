"""One self-contained HTML page of an evaluation: tables, charts, and the images to look into."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np

from amp_net import evaluation
from amp_net.evaluation.published import figures, split_name
from amp_net.storage import files, others
from amp_net.storage.printable import printable

START, WITHIN = b"<title>amp_net: evaluation</title>", 1000
"""What tells that a page is ours, and in how many of its first bytes."""
TEMPLATE = "report.html.jinja"
ERROR_GAIN = 5
"""The factor by which errors are brightened."""


class Report:
    """Collects an evaluation; `add` is for `evaluation.evaluate` to show to.

    Args:
        pictures: of how many images of each set the pictures are shown, so that a browser can hold the page.

    Raises:
        ValueError: if Jinja2 is not installed.
    """

    def __init__(self, pictures=12):
        try:
            import jinja2
        except ImportError as error:
            raise ValueError(
                "The report needs Jinja2; install it with pip install 'amp_net[report]'."
            ) from error
        self.jinja2 = jinja2
        self.pictures = pictures
        self.rows = []
        self.images = {}

    def add(self, row, image, restored):
        """Takes up one image.

        Args:
            row: its row of the evaluation.
            image: uint8, `(height, width)` or `(height, width, 3)` in RGB.
            restored: its reconstruction, of the same shape and type.
        """
        row = {**row, **{field: printable(row[field]) for field in ("preset", "dataset", "image")}}
        self.rows.append(row)
        name = f"{row['dataset']}/{row['image']}"
        of_set = sum(known.startswith(f"{row['dataset']}/") for known in self.images)
        if name not in self.images and of_set >= self.pictures:
            return
        entry = self.images.setdefault(name, {"rebuilt": {}})
        entry.setdefault("original", _data_uri(image))
        entry["height"], entry["width"] = image.shape[:2]
        error = np.abs(image.astype("int16") - restored).reshape(*image.shape[:2], -1).max(-1)
        magnified = np.minimum(error * ERROR_GAIN, 255).astype("uint8")
        entry["rebuilt"][row["preset"]] = {
            "image": _data_uri(restored),
            "error": _data_uri(cv2.applyColorMap(magnified, cv2.COLORMAP_INFERNO)[..., ::-1]),
            "psnr": _number(row["psnr"], 2),
            "ssim": _number(row["ssim"], 4),
        }

    def write(self, path):
        """Writes the page.

        Raises:
            ValueError: if the file cannot be written, or is there and is none of ours.
        """
        environment = self.jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        template = environment.from_string(Path(__file__).with_name(TEMPLATE).read_text(encoding="utf-8"))
        page = template.render(
            sets=[_set(means) for means in _by_dataset(self.rows)],
            # So that nothing in a name can end the script element.
            images=json.dumps(self.images, allow_nan=False).replace("<", "\\u003c"),
            gain=ERROR_GAIN,
            pictures=self.pictures,
        )
        check(path)
        files.write(path, page)


def check(path):
    """Raises a ValueError if the page is there and the package did not write it."""
    others.check(path, lambda file: START in file.read(WITHIN))


def _number(value, digits):
    """For JSON, which knows no infinity."""
    return round(value, digits) if np.isfinite(value) else None


def _by_dataset(rows):
    datasets = {}
    for row in rows:
        datasets.setdefault(row["dataset"], []).append(row)
    return datasets.values()


def _set(rows):
    """What the template shows of one data set."""
    dataset = rows[0]["dataset"]
    theirs = figures(dataset)
    table, curves = [], {}
    for means in evaluation.summarize(rows):
        network, cs_ratio = split_name(means["preset"]) or (None, None)
        published = {method: values.get(cs_ratio) for method, values in theirs.items()}
        table.append({**means, "published": published, "same": published.get(network)})
        if network:
            curves.setdefault(f"{network}, ours", {})[cs_ratio] = means["psnr"]
    curves |= {f"{method}, published": values for method, values in theirs.items()} if curves else {}
    best = max((row["psnr"] for row in rows if np.isfinite(row["psnr"])), default=1)
    bars = {}
    for row in rows:
        width = 100 * min(max(row["psnr"] / max(best, 1), 0), 1)
        bars.setdefault(row["image"], []).append((row["preset"], row["psnr"], width))
    return {
        "name": dataset,
        "methods": list(theirs),
        "table": table,
        "chart": _chart(curves)
        if len({ratio for values in curves.values() for ratio in values}) > 1
        else None,
        "bars": bars,
    }


def _chart(curves, width=640, height=320, margin=40):
    """PSNR against CS ratio as points in pixels, and the axes' ticks."""
    ratios = sorted({ratio for values in curves.values() for ratio in values})
    levels = [value for values in curves.values() for value in values.values()]
    low, high = 5 * np.floor(min(levels) / 5), 5 * np.ceil(max(levels) / 5)

    def x(ratio):
        return round(margin + ratio / max(ratios) * (width - 2 * margin), 1)

    def y(level):
        return round(height - margin - (level - low) / max(high - low, 1) * (height - 2 * margin), 1)

    return {
        "width": width,
        "height": height,
        "margin": margin,
        "lines": [
            {
                "name": name,
                "ours": name.endswith("ours"),
                "points": [(x(ratio), y(level), ratio, level) for ratio, level in sorted(values.items())],
            }
            for name, values in curves.items()
        ],
        "ratios": [(x(ratio), ratio) for ratio in ratios],
        "levels": [(y(level), int(level)) for level in np.arange(low, high + 1, 5)],
    }


def _data_uri(image):
    pixels = image if image.ndim == 2 else image[..., ::-1]
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels))
    return f"data:image/png;base64,{base64.b64encode(encoded).decode()}"
