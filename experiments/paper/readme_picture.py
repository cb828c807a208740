"""Draws the picture of README: `python -m experiments.paper.readme_picture`.

Details of photographs that come with scikit-image: the original, the best linear reconstruction from
as many measurements (principal components of T91 blocks), AMP-Net and AMPA-Net, all at 25 %.
"""

import cv2
import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from amp_net.storage.disk import files
from experiments.paper.figures import DETAILS, SIDE
from experiments.shared.result_files import RESULTS, small_png

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)

PICTURE = RESULTS / "paper" / "picture.png"
SCALE, MARGIN, LINE = 2, 8, 26


def main():
    """From the flags to one call of the library."""
    from amp_net import AMPNet
    from amp_net.photographs import image_sets
    from experiments.shared import linear

    components = linear.components_of_t91(272, FLAGS.data_dir)
    models = {
        "AMP-Net": AMPNet.from_preset("amp_net_cs25"),
        "AMPA-Net": AMPNet.from_preset("ampa_net_cs25"),
    }
    photographs = dict(image_sets.load("samples"))
    rows = []
    for name, (top, left) in DETAILS.items():
        original = images.to_unit(images.luminance(photographs[name]))
        restored = {
            "original": original,
            "linear, 25 %": linear.rebuild(original, components),
            **{label: evaluation.rebuild_blocks(model, original) for label, model in models.items()},
        }
        cells = []
        for label, image in restored.items():
            if image is not original:
                label = f"{label}: {quality.psnr(original, image):.2f} dB"
            cells.append(_cell(images.from_unit(image)[top : top + SIDE, left : left + SIDE], label))
        rows.append(np.concatenate(cells, axis=1))
    files.write(PICTURE, small_png(images.encode(PICTURE, np.concatenate(rows))))


def _cell(detail, label):
    enlarged = cv2.resize(detail, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    cell = np.pad(enlarged, ((LINE, MARGIN), (MARGIN, MARGIN)), constant_values=255)
    cv2.putText(cell, label, (MARGIN, LINE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
    return cell


if __name__ == "__main__":
    cli.run(main)
