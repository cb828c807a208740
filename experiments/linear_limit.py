"""What linear measurement and linear recovery reach: `python -m experiments.linear_limit`.

The principal components of the training blocks, sensed with and multiplied back, at every CS ratio; and those
of the test images themselves, which no linear method can beat in squared error over the set. How far a
network comes beyond the second is what it owes to being nonlinear. Writes `experiments/results/linear.md`.
"""

import numpy as np
from absl import flags

from amp_net import commands

FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", None, "Folder of the original image files, instead of the network.")
flags.DEFINE_list("dataset", ["set11", "bsd68"], "Test sets, with commas.")


def psnr_of(components, photographs):
    """Average PSNR in dB of grey images that are projected on components, `(m, 1089)`, block by block."""
    from amp_net import blocks, images, metrics

    found = []
    for image in photographs:
        original = images.to_unit(images.luminance(image))
        flat = blocks.split(original).reshape(-1, components.shape[1])
        restored = (flat @ components.T @ components).reshape(-1, 33, 33, 1)
        found.append(metrics.psnr(original, blocks.merge(restored, original.shape)))
    return np.mean(found)


def main():
    """From the flags to one table."""
    from amp_net import blocks, files, image_sets, images
    from amp_net.cs_ratios import PUBLISHED_MEASUREMENTS
    from amp_net.principal_components import principal_components
    from amp_net.training_data import crop_blocks
    from experiments.markdown import table
    from experiments.result_files import RESULTS

    training = crop_blocks([image for _, image in image_sets.load("t91", FLAGS.data_dir)], 20_000, seed=1)
    most = max(PUBLISHED_MEASUREMENTS.values())
    learned = principal_components(training, most)
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
    files.write(
        RESULTS / "linear.md",
        "PSNR (dB) of linear recovery from principal components, `python -m experiments.linear_limit`:\n\n"
        + page,
    )
    print(page)


if __name__ == "__main__":
    commands.run(main)
