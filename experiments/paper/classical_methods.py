"""Methods that need nothing trained on the test sets: `python -m experiments.paper.classical_methods`.

All sense blocks of 33×33 with the same orthonormal Gaussian Φ and rebuild images as a whole; in colour each
channel alone, as the paper does. Writes `experiments/results/paper/classical_methods.csv`, a row a data set,
method and CS ratio as it comes, and `classical_methods.md`, beside the figures that the paper publishes. What
is in the first is not measured again, and a row that was begun goes on with the image it was at, of the same
version. With `--quick` it rebuilds a part of one image at one CS ratio, and writes nothing.
"""

import numpy as np
from absl import flags

from amp_net import __version__, evaluation
from amp_net.classical.methods import METHODS
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.evaluation import published
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from amp_net.storage.kept import Kept
from experiments.shared import dataset_flag
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, SETS, TITLES
from experiments.shared.timing import machine
from experiments.shared.whole import check_cells

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(dataset_flag)
flags.DEFINE_list("method", list(METHODS), "Methods, with commas; as of amp_net.evaluate, one's own too.")
flags.DEFINE_list("cs_ratios", [f"{ratio}" for ratio in PUBLISHED_MEASUREMENTS], "CS ratios in percent.")
flags.DEFINE_bool("quick", False, "A smoke run: 66×66 pixels at 25 %.")

FILE = RESULTS / "paper" / "classical_methods.csv"
COLUMNS = ("dataset", "method", "cs_ratio", "images", "psnr", "ssim", "seconds")
MEANS = ("psnr", "ssim", "seconds")
NAMES = {**published.METHODS, "nlm_amp": "NLM-AMP", "pinv": "pseudo-inverse", "tv": "TV"}
"""What the page calls methods that are not called by their name in capitals."""


def cells(datasets, methods, ratios):
    """What the CSV file lacks: data set, method and CS ratio."""
    done = {(row["dataset"], row["method"], row["cs_ratio"]) for row in texts.read_csv(FILE)}
    wanted = [(dataset, name, ratio) for name in methods for dataset in datasets for ratio in ratios]
    return [cell for cell in wanted if cell not in done]


def measure(dataset, name, ratio, data_dir):
    """The row of one cell; each image is kept as it comes."""
    from amp_net.evaluation.compared import compared

    methods = compared([name], [float(ratio)])
    kept = Kept(FILE.with_name(f".{FILE.name}.unfinished"), [dataset, name, ratio, __version__])
    found = list(evaluation.evaluate([], [dataset], data_dir, kept=kept, methods=methods))
    kept.finish()
    means = {field: f"{np.mean([row[field] for row in found]):.4f}" for field in MEANS}
    return {"dataset": dataset, "method": name, "cs_ratio": ratio, "images": len(found), **means}


def quick():
    """Rows of every method on a part of one image, of which none is kept."""
    from amp_net.evaluation.compared import compared
    from amp_net.photographs import image_sets

    part = dict(image_sets.load("samples"))["camera"][100:166, 200:266]
    rows = []
    for name in FLAGS.method:
        (model,) = compared([name], [25]).values()
        row, _ = evaluation.compare(lambda image, model=model: evaluation.rebuild(model, image), part)
        means = {field: f"{row[field]:.4f}" for field in MEANS}
        rows.append({"dataset": "samples", "method": name, "cs_ratio": "25", "images": 1, **means})
    return rows


def page(rows, methods=tuple(METHODS), ratios=tuple(PUBLISHED_MEASUREMENTS)):
    """Tables of PSNR in dB, SSIM and seconds an image for each data set; published figures below ours.

    Args:
        rows: of the CSV file.
        methods: all of which each data set must have; one's own stand below them.
        ratios: in percent, at each of which each method must be measured.

    Raises:
        ValueError: if a row is missing.
    """
    measured = {(row["dataset"], method): {} for row in rows for method in [*methods, row["method"]]}
    for row in rows:
        measured[row["dataset"], row["method"]][row["cs_ratio"]] = row
    check_cells(measured, map(str, ratios), FILE.name)
    parts = []
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        own = [row for row in rows if row["dataset"] == dataset]
        theirs = published.figures(dataset) if dataset in SETS else {}
        for field, title in (("psnr", "PSNR in dB"), ("ssim", "SSIM"), ("seconds", "seconds an image")):
            lines = []
            for method in dict.fromkeys(row["method"] for row in own):
                title_of = NAMES.get(method, method.upper() if method in METHODS else method)
                found = {row["cs_ratio"]: row[field] for row in own if row["method"] == method}
                digits = 4 if field == "ssim" else 2
                lines.append((title_of, *(_cell(found[f"{ratio}"], digits) for ratio in ratios)))
                if field == "psnr" and title_of in theirs:
                    figures = theirs[title_of]
                    lines.append(
                        (
                            f"{title_of}, published",
                            *(_cell(figures.get(ratio), 2) for ratio in ratios),
                        )
                    )
            heading = (
                f"{TITLES.get(dataset, dataset)}, {title}",
                *(f"{ratio} %" for ratio in ratios),
            )
            parts.append(table(heading, lines))
    return "\n".join(parts)


def main():
    """From the flags to one page."""
    if FLAGS.quick:
        print(page(quick(), FLAGS.method, (25,)))
        return
    for dataset, name, ratio in cells(FLAGS.dataset, FLAGS.method, FLAGS.cs_ratios):
        row = measure(dataset, name, ratio, FLAGS.data_dir)
        # Read again: a row takes up to hours.
        texts.write_csv(FILE, COLUMNS, [*texts.read_csv(FILE), row])
        print(*row.values(), flush=True)
    rows = texts.read_csv(FILE)
    text = page(rows)
    files.write(
        FILE.with_suffix(".md"),
        "Averages, PSNR clipped, of methods that need nothing trained, from one orthonormal Gaussian Φ of "
        f"33×33 blocks, images rebuilt as a whole, on {machine()}, "
        f"{command('experiments.paper.classical_methods', ('data_dir', 'dataset', 'method', 'cs_ratios'))}; "
        f"a dash: not published:\n\n{text}",
    )
    print(text)


def _cell(value, digits):
    return "–" if value is None else f"{float(value):.{digits}f}"


if __name__ == "__main__":
    cli.run(main)
