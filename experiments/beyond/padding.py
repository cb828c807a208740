"""What zeros beside an image cost: `python -m experiments.beyond.padding`.

Where the block size does not divide a side, zeros fill up the last blocks, as in the authors' code.
The training's blocks, which are crops, are so only with `--padded`. Measured on photographs of bsds500_train,
in the interior and in the last blocks, with zeros and with the edge's pixels repeated. Writes
`experiments/results/beyond/padding.md`.
"""

import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, fingerprint
from experiments.shared.whole import by_default, write_page

PRESETS = (
    "amp_net_cs1",
    "ampa_net_cs1",
    "amp_net_cs4",
    "ampa_net_cs4",
    "amp_net_cs10",
    "amp_net_cs25",
    "amp_net_cs50",
)

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_integer("images", 12, "How many photographs.")
MODES = {"zeros": "constant", "edge repeated": "edge"}


def psnr_by_padding(model, image, mode):
    """PSNR in dB of a grey image, floats in [0, 1]: in blocks without padding, in those with it, in all."""

    (height, width), size = image.shape, model.block_size
    padded = np.pad(image, ((0, -height % size), (0, -width % size)), mode=mode)
    restored = evaluation.rebuild_blocks(model, padded)[:height, :width]
    last = np.ones(image.shape, bool)
    last[: height - height % size, : width - width % size] = False
    return [quality.psnr(image[part], restored[part]) for part in (~last, last, last | ~last)]


def main():
    """From the flags to one table."""
    from amp_net import AMPNet
    from amp_net.photographs import image_sets

    loaded = image_sets.load("bsds500_train", FLAGS.data_dir)[: FLAGS.images]
    photographs = [images.to_unit(images.luminance(image)) for _, image in loaded]
    rows = []
    for preset in PRESETS:
        model = AMPNet.from_preset(preset).optimized()
        for name, mode in MODES.items():
            reached = np.mean([psnr_by_padding(model, image, mode) for image in photographs], axis=0)
            rows.append([preset, fingerprint(preset), name, *(f"{value:.2f}" for value in reached)])
    heading = (
        "preset",
        "weights",
        "filled up with",
        "interior (dB)",
        "last blocks (dB)",
        "whole images (dB)",
    )
    page = table(heading, rows)
    origin = f"{FLAGS.images} photographs of bsds500_train, {command('experiments.beyond.padding')}"
    text = f"Average PSNR on {origin}:\n\n{page}"
    write_page(RESULTS / "beyond" / "padding.md", text, by_default(FLAGS, "images"))


if __name__ == "__main__":
    cli.run(main)
