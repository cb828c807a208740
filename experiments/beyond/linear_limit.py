"""What linear measurement and linear recovery reach: `python -m experiments.beyond.linear_limit`.

The principal components of the training blocks, sensed with and multiplied back, at every CS ratio; and those
of the test images' own blocks, on which no other projection of that rank has a smaller squared error. At
the lowest ratios the second is what no linear method reaches on images it has not seen; at the highest the
components are nearly as many as Set11 has blocks, and fit these alone. Writes
`experiments/results/beyond/linear.md`.
"""

import numpy as np
from absl import flags

from amp_net import images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import blocks, quality
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.training.data.principal_components import principal_components
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS
from experiments.shared.whole import by_default, write_page

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_list("dataset", ["set11", "bsd68"], "Test sets, with commas.")


def psnr_of(components, photographs):
    """Average PSNR in dB of grey images that are projected on components, `(m, 1089)`, block by block."""
    from experiments.shared import linear

    originals = [images.to_unit(images.luminance(image)) for image in photographs]
    return np.mean([quality.psnr(original, linear.rebuild(original, components)) for original in originals])


def main():
    """From the flags to one table."""
    from amp_net.photographs import image_sets
    from experiments.shared.linear import components_of_t91

    most = max(PUBLISHED_MEASUREMENTS.values())
    learned = components_of_t91(most, FLAGS.data_dir)
    rows = []
    for dataset in FLAGS.dataset:
        photographs = [image for _, image in image_sets.load(dataset, FLAGS.data_dir)]
        own = np.concatenate([blocks.split(images.luminance(image)) for image in photographs])
        for name, components in (
            ("T91", learned),
            ("the images themselves", principal_components(own, most)),
        ):
            reached = [psnr_of(components[:count], photographs) for count in PUBLISHED_MEASUREMENTS.values()]
            rows.append([f"{dataset}, components of {name}", *(f"{value:.2f}" for value in reached)])
    page = table(["", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS)], rows)
    write_page(
        RESULTS / "beyond" / "linear.md",
        "PSNR (dB) of linear recovery from principal components, "
        f"{command('experiments.beyond.linear_limit')}:\n\n{page}",
        by_default(FLAGS, "dataset"),
    )


if __name__ == "__main__":
    cli.run(main)
