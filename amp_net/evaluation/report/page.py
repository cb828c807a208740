"""One HTML page of an evaluation that needs no network: tables, charts, and the images to look into."""

import json
from pathlib import Path

import numpy as np

from amp_net import evaluation
from amp_net.evaluation.published import figures, method_and_ratio, split_name
from amp_net.evaluation.report import charts
from amp_net.evaluation.report.pictures import (
    ERROR_GAIN,
    as_8_bits,
    colours_of_errors,
    data_uri,
    detail,
)
from amp_net.storage.disk import files, others
from amp_net.storage.printable import printable

START, WITHIN = b"<title>amp_net: evaluation</title>", 1000
"""What tells that a page is ours, and in how many of its first bytes."""
TEMPLATE = "page.html.jinja"
PREFERRED = 25
"""CS ratio in percent whose images are shown first, if there are several."""


class Report:
    """Collects an evaluation; `add` is for `evaluation.evaluate` to show to.

    >>> import tempfile
    >>> image, row = np.full((8, 12), 128, "uint8"), dict.fromkeys(evaluation.FIELDS, 30.0)
    >>> report = Report()
    >>> report.add({**row, "preset": "mine", "dataset": "photographs", "image": "grey.png"}, image, image)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report.write(f"{folder}/report.html")
    ...     Path(folder, "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    True

    Args:
        pictures: of how many images of each set the pictures are shown, so that a browser can hold the page.

    Raises:
        ValueError: if what draws the page is not installed.
    """

    def __init__(self, pictures=12):
        try:
            import altair
            import jinja2
            import vl_convert  # noqa: F401
        except ImportError as error:
            raise ValueError(
                f"The report needs {error.name}; install it with pip install 'amp_net[report]'."
            ) from error
        self.altair, self.jinja2 = altair, jinja2
        self.pictures = pictures
        self.rows = []
        self.images = {}

    def add(self, row, image, restored):
        """Takes up one image.

        Args:
            row: its row of the evaluation.
            image: uint8 or uint16, `(height, width)` or `(height, width, 3)` in RGB.
            restored: its reconstruction, of the same shape and type.
        """
        row = {**row, **{field: printable(row[field]) for field in ("preset", "dataset", "image")}}
        self.rows.append(row)
        key = row["dataset"], row["image"]
        of_set = sum(dataset == row["dataset"] for dataset, _ in self.images)
        if key not in self.images and of_set >= self.pictures:
            return
        shown, rebuilt = (detail(as_8_bits(each)) for each in (image, restored))
        if key not in self.images:
            height, width = shown.shape[:2]
            self.images[key] = {
                "set": row["dataset"],
                "name": row["image"],
                "width": width,
                "height": height,
                "detail": shown.shape[:2] != image.shape[:2],
                "original": data_uri(shown),
                "rebuilt": {},
            }
        self.images[key]["rebuilt"][row["preset"]] = {
            "image": data_uri(rebuilt),
            "psnr": _number(row["psnr"], 2),
            "ssim": _number(row["ssim"], 4),
        }

    def write(self, path):
        """Writes the page.

        Raises:
            ValueError: if the file cannot be written, or is there and is none of ours.
        """
        loader = self.jinja2.FileSystemLoader(Path(__file__).parent)
        environment = self.jinja2.Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        by_set = _by_dataset(self.rows)
        drawn = [self._charts(dataset, rows) for dataset, rows in by_set.items()]
        data = {
            "images": list(self.images.values()),
            "charts": drawn,
            "colours": colours_of_errors(),
            "gain": ERROR_GAIN,
        }
        page = environment.get_template(TEMPLATE).render(
            sets=[_set(dataset, rows) for dataset, rows in by_set.items()],
            charts=drawn,
            # So that nothing in a name can end the script element.
            data=json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
            library=charts.script(self.altair).replace("</script", "<\\/script"),
            gain=ERROR_GAIN,
            pictures=self.pictures,
        )
        check(path)
        files.write(path, page)

    def _charts(self, dataset, rows):
        chosen = charts.ratios_of(rows)
        return {
            "ratios": charts.ratio_chart(self.altair, dataset, rows),
            "images": charts.image_chart(self.altair, rows),
            "methods": charts.methods_of(rows),
            "chosen": chosen,
            "first": PREFERRED if PREFERRED in chosen else chosen[len(chosen) // 2] if chosen else None,
        }


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
    return datasets


def _set(dataset, rows):
    """What the template shows of one data set in its table."""
    theirs = figures(dataset)
    table = []
    for means in evaluation.summarize(rows):
        network = (split_name(means["preset"]) or (None,))[0]
        ratio = method_and_ratio(means["preset"])[1]
        published = {method: values.get(ratio) for method, values in theirs.items()}
        table.append({**means, "published": published, "same": published.get(network)})
    return {"name": dataset, "methods": list(theirs), "table": table}
