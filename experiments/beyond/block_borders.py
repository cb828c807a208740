"""What it costs to rebuild each block by itself: `python -m experiments.beyond.block_borders`.

The PSNR over the pixels of Set11 at each distance from the border of their block. At the border less of
their surroundings was measured with them, which methods that work across blocks make good; on the other hand
a learned Φ can measure the border the better, as it does where measurements are many. The last blocks of rows
and columns, which are filled up with zeros, are left out. Writes
`experiments/results/beyond/block_borders.md`.
"""

import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from amp_net.storage.disk import files
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, fingerprint

PRESETS = ("ampa_net_cs1", "ampa_net_cs4", "ampa_net_cs10", "ampa_net_cs25", "ampa_net_cs50")
DISTANCES = {"at the border": (0, 0), "1–2 pixels": (1, 2), "3–5": (3, 5), "6–10": (6, 10), "11–16": (11, 16)}

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def distance_to_border(shape, size):
    """Pixels between each pixel of an image and the border of its block, 0 at the border: `shape`, ints."""
    along = [np.minimum(np.arange(side) % size, size - 1 - np.arange(side) % size) for side in shape]
    return np.minimum(along[0][:, None], along[1][None])


def psnr_by_distance(model, image):
    """PSNR in dB of a grey image, floats in [0, 1], over its whole blocks and each of `DISTANCES` in them."""

    size = model.block_size
    height, width = (side - side % size for side in image.shape)
    restored, image = evaluation.rebuild_blocks(model, image)[:height, :width], image[:height, :width]
    distance = distance_to_border(image.shape, size)
    parts = [(first <= distance) & (distance <= last) for first, last in DISTANCES.values()]
    return [quality.psnr(image[part], restored[part]) for part in (distance >= 0, *parts)]


def main():
    """From the flags to one table."""
    from amp_net import AMPNet
    from amp_net.photographs import image_sets

    photographs = [images.to_unit(image) for _, image in image_sets.load("set11", FLAGS.data_dir)]
    rows = []
    for preset in PRESETS:
        model = AMPNet.from_preset(preset).optimized()
        reached = np.mean([psnr_by_distance(model, image) for image in photographs], axis=0)
        rows.append([preset, fingerprint(preset), *(f"{value:.2f}" for value in reached)])
    page = table(("preset", "weights", "all", *DISTANCES), rows)
    files.write(
        RESULTS / "beyond" / "block_borders.md",
        "Average PSNR (dB) on Set11, by distance from the border of the block, over whole blocks, "
        f"{command('experiments.beyond.block_borders')}:\n\n{page}",
    )
    print(page)


if __name__ == "__main__":
    cli.run(main)
