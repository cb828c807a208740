"""Measures the presets on whole images: `python -m experiments.beyond.whole_images --data_dir=FOLDER`.

The networks of the paper, unchanged, with CNNs that see the image which the blocks make up, and the mean of
eight such reconstructions in all flips and turns. Writes `experiments/results/beyond/whole_images.csv`, a row
a preset, test set and way; `whole_images.md`; and from these the tables of README and docs. What has been
measured with the same weights is not measured again.
"""

from absl import flags

from amp_net import evaluation
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.evaluation.published import split_name
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.paper import readme_results
from experiments.shared import dataset_flag
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, TITLES
from experiments.shared.whole import check_cells

FILE = RESULTS / "beyond" / "whole_images.csv"
COLUMNS = ("preset", "weights", "dataset", "way", "images", "psnr", "ssim")
WAYS = ("whole", "ensemble")

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(dataset_flag)
flags.DEFINE_list("preset", [], "Which presets, with commas; without it every shipped one.")
flags.DEFINE_list("way", list(WAYS), "Ways to measure.")


def measure(preset, dataset, way, data_dir):
    """Adds a row to the CSV file, unless it is there; rows of the preset with other weights go."""
    from amp_net.models import presets

    weights = presets.load_metadata(preset)["weights_sha256"][:12]
    key = {"preset": preset, "weights": weights, "dataset": dataset, "way": way}
    rows = [row for row in texts.read_csv(FILE) if row["preset"] != preset or row["weights"] == weights]
    if any(key.items() <= row.items() for row in rows):
        return
    (means,) = evaluation.summarize(evaluation.evaluate([preset], [dataset], data_dir, way=way))
    row = {**key, "images": means["images"], "psnr": f"{means['psnr']:.4f}", "ssim": f"{means['ssim']:.4f}"}
    texts.write_csv(FILE, COLUMNS, sorted([*rows, row], key=lambda each: each["preset"]))
    print(f"{preset}  {dataset}  {way}  {means['psnr']:.2f} dB", flush=True)


def page(rows):
    """Rows of the CSV file as a Markdown table: a line a network, test set and way, a column a CS ratio."""
    lines = {}
    for row in rows:
        network, ratio = split_name(row["preset"])
        place = (network, TITLES.get(row["dataset"], row["dataset"]), row["way"])
        lines.setdefault(place, {})[ratio] = f"{float(row['psnr']):.2f}"
    heading = ("network", "test set", "way", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS))
    check_cells(lines, PUBLISHED_MEASUREMENTS, FILE.name)
    return table(
        heading,
        [(*place, *(found[ratio] for ratio in PUBLISHED_MEASUREMENTS)) for place, found in lines.items()],
    )


def main():
    """From the flags to files."""
    from amp_net.models import presets

    for way in FLAGS.way:
        for dataset in FLAGS.dataset:
            for preset in FLAGS.preset or presets.shipped():
                measure(preset, dataset, way, FLAGS.data_dir)
    text = page(texts.read_csv(FILE))
    files.write(
        FILE.with_suffix(".md"),
        "Average PSNR (dB), clipped, in colour over the channels, of images that the networks of the paper, "
        f"as they are shipped, rebuild as a whole, {command('experiments.beyond.whole_images')}:\n\n{text}",
    )
    readme_results.update()
    print(text)


if __name__ == "__main__":
    cli.run(main)
