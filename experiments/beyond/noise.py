"""PSNR of the shipped networks against noise in y: `python -m experiments.beyond.noise --data_dir=FOLDER`.

Gaussian noise of one standard deviation σ is added to all measurements. σ is that of pixels in [0, 1] for
rows of Φ of norm 1, so that it means the same for every Φ; of other rows it is larger or smaller by their
norm. Images are rebuilt as a whole, those of Set11. Only the network for any Φ is told σ, and has seen noise
in its training; its Φ are orthonormal Gaussian rows. Writes `experiments/results/beyond/noise.csv`, a row a
network, CS ratio and σ, and `noise.md`. What has been measured with the same weights is not measured again.
"""

import dataclasses

import numpy as np
from absl import flags

from amp_net import images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from amp_net.measurements import reconstruct_image, sense_image
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.operators.gaussian import gaussian
from amp_net.storage import texts
from experiments.paper.readme_results import ANY_RATIO, BINARY
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, fingerprint
from experiments.shared.whole import by_default, check_cells, write_page

FILE = RESULTS / "beyond" / "noise.csv"
COLUMNS = ("network", "weights", "cs_ratio", "sigma", "images", "psnr")
ANY_PHI = "amp_net_any_phi"
PAPER = ("amp_net", "ampa_net")
"""The networks of the paper, with a preset a CS ratio."""
LEVELS = (0, 0.01, 0.03, 0.1)
"""σ."""
RATIOS = tuple(PUBLISHED_MEASUREMENTS)

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_list("networks", [*PAPER, ANY_RATIO, BINARY, ANY_PHI], "Which networks.")


def preset_of(network, ratio):
    """The preset of a network at a CS ratio."""
    return f"{network}_cs{ratio}" if network in PAPER else network


def model_of(network, ratio, sigma):
    """What senses and rebuilds: a network at a CS ratio in percent, told σ if it takes it."""
    from amp_net.evaluation import compared
    from amp_net.models import networks

    if network == ANY_PHI:
        side = compared.SIDE
        operator = gaussian(PUBLISHED_MEASUREMENTS[ratio], (side, side), seed=0)
        return compared.of_any_phi(operator, lambda y: sigma)
    if network in PAPER:
        return networks.load(preset_of(network, ratio)).optimized()
    return networks.load(network, cs_ratio=ratio)


def psnr_of(model, photographs, sigma):
    """Average PSNR in dB of grey images, floats in [0, 1], with noise in their measurements."""
    norms, found = np.linalg.norm(model.sensing.matrix, axis=1), []
    for number, photograph in enumerate(photographs):
        y = sense_image(photograph, model)
        noise = np.random.default_rng(number).standard_normal(y.y.shape, "float32")
        noisy = dataclasses.replace(y, y=(y.y + sigma * norms * noise).astype("float32"))
        found.append(quality.psnr(photograph, reconstruct_image(noisy, model)))
    return float(np.mean(found))


def measure(network, ratio, sigma, photographs):
    """Adds a row to the CSV file, unless it is there; rows of the network with other weights go."""
    weights = fingerprint(preset_of(network, ratio))
    key = {"network": network, "cs_ratio": str(ratio)}
    rows = [
        row for row in texts.read_csv(FILE) if not key.items() <= row.items() or row["weights"] == weights
    ]
    if any({**key, "sigma": f"{sigma:g}"}.items() <= row.items() for row in rows):
        return
    psnr = psnr_of(model_of(network, ratio, sigma), photographs, sigma)
    cells = (network, weights, ratio, f"{sigma:g}", len(photographs), f"{psnr:.4f}")
    texts.write_csv(FILE, COLUMNS, [*rows, dict(zip(COLUMNS, cells, strict=True))])
    print(f"{network}  {ratio} %  σ {sigma:g}  {psnr:.2f} dB", flush=True)


def page(rows):
    """Rows of the CSV file as a Markdown table: a line a network and σ, a column a CS ratio."""
    lines = {}
    for row in rows:
        place = (f"`{row['network']}`", row["sigma"])
        lines.setdefault(place, {})[int(row["cs_ratio"])] = f"{float(row['psnr']):.2f}"
    check_cells(lines, RATIOS, FILE.name)
    cells = [(*place, *(found[ratio] for ratio in RATIOS)) for place, found in lines.items()]
    return table(("network", "σ", *(f"{ratio} %" for ratio in RATIOS)), cells)


def main():
    """From the flags to files."""
    from amp_net.photographs import image_sets

    loaded = [image for _, image in image_sets.load("set11", FLAGS.data_dir)]
    photographs = [images.to_unit(images.luminance(image)) for image in loaded]
    for network in FLAGS.networks:
        for sigma in LEVELS:
            for ratio in RATIOS:
                measure(network, ratio, sigma, photographs)
    text = (
        "Average PSNR (dB), clipped, of Set11 with Gaussian noise of standard deviation σ in all "
        "measurements, σ of pixels in [0, 1] for rows of Φ of norm 1; images rebuilt as a whole, "
        f"{command('experiments.beyond.noise')}:\n\n{page(texts.read_csv(FILE))}"
    )
    write_page(FILE.with_suffix(".md"), text, by_default(FLAGS, "networks"))


if __name__ == "__main__":
    cli.run(main)
