"""Measures the networks for all ratios on the test sets: `python -m experiments.beyond.any_ratio`.

Images are rebuilt as a whole; in colour the luminance, as a grey image; PSNR is clipped. Writes
`experiments/results/beyond/any_ratio.csv`, a row a test set and CS ratio, and `any_ratio.md`; the means into
the presets' `metadata.json`; and from these the tables of README and docs. What has been measured with the
same weights is not measured again.
"""

import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.paper import readme_results
from experiments.paper.readme_results import ANY_RATIO, BINARY
from experiments.shared import dataset_flag
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, TITLES, fingerprint, note
from experiments.shared.whole import check_cells

FILE = RESULTS / "beyond" / "any_ratio.csv"
COLUMNS = ("preset", "weights", "dataset", "images", "cs_ratio", "psnr")

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(dataset_flag)


def average_psnr(network, photographs, count):
    """The average PSNR in dB of grey images, floats in [0, 1], sensed with m = `count` and rebuilt."""
    model = network.at_measurements(count)
    return float(np.mean([quality.psnr(image, evaluation.rebuild(model, image)) for image in photographs]))


def measured(preset, weights, dataset):
    """PSNR in dB by CS ratio in percent, of what the CSV file has of a preset with these weights."""
    key = {"preset": preset, "weights": weights, "dataset": dataset}
    rows = [row for row in texts.read_csv(FILE) if key.items() <= row.items()]
    return {int(row["cs_ratio"]): float(row["psnr"]) for row in rows}


def complete(network, preset, weights, dataset, photographs):
    """Measures the ratios that the CSV file lacks, and adds a row for each as it comes.

    Rows of the preset with other weights go.
    """
    for ratio, count in PUBLISHED_MEASUREMENTS.items():
        if ratio not in measured(preset, weights, dataset):
            psnr = average_psnr(network, photographs, count)
            cells = (preset, weights, dataset, len(photographs), ratio, f"{psnr:.4f}")
            rows = texts.read_csv(FILE)
            kept = [row for row in rows if row["preset"] != preset or row["weights"] == weights]
            texts.write_csv(FILE, COLUMNS, [*kept, dict(zip(COLUMNS, cells, strict=True))])
            print(f"{dataset}  {ratio} %  {psnr:.2f} dB", flush=True)


def page(rows):
    """Rows of the CSV file as one Markdown table: a line a preset and test set, and a column a CS ratio."""
    lines = {}
    for row in rows:
        place = (row["preset"], row["weights"], TITLES.get(row["dataset"], row["dataset"]), row["images"])
        lines.setdefault(place, {})[row["cs_ratio"]] = f"{float(row['psnr']):.2f}"
    heading = ("preset", "weights", "test set", "images", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS))
    check_cells(lines, map(str, PUBLISHED_MEASUREMENTS), FILE.name)
    cells = [
        (*place, *(found[str(ratio)] for ratio in PUBLISHED_MEASUREMENTS)) for place, found in lines.items()
    ]
    return table(heading, cells)


def main():
    """From the flags to files."""
    from amp_net.models.any_ratio import AnyRatioAMPNet
    from amp_net.photographs import image_sets

    networks = {preset: AnyRatioAMPNet.from_preset(preset) for preset in (ANY_RATIO, BINARY)}
    for dataset in FLAGS.dataset:
        loaded = [image for _, image in image_sets.load(dataset, FLAGS.data_dir)]
        photographs = [images.to_unit(images.luminance(image)) for image in loaded]
        for preset, network in networks.items():
            weights = fingerprint(preset)
            complete(network, preset, weights, dataset, photographs)
            means = {str(ratio): psnr for ratio, psnr in measured(preset, weights, dataset).items()}
            results = {"images": len(photographs), "weights": weights, "psnr": means}
            note(preset, weights, results={dataset: results})
    text = page(texts.read_csv(FILE))
    files.write(
        FILE.with_suffix(".md"),
        "Average PSNR (dB), clipped, of images that are rebuilt as a whole, in colour of the luminance, "
        f"{command('experiments.beyond.any_ratio')}:\n\n{text}",
    )
    readme_results.update()
    print(text)


if __name__ == "__main__":
    cli.run(main)
