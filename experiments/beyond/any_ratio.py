"""Measures the network for all ratios on the test sets: `python -m experiments.beyond.any_ratio`.

Images are rebuilt as a whole; in colour the luminance, as a grey image. Writes the mean PSNR, clipped, into
the preset's metadata.
"""

import numpy as np
from absl import flags

from amp_net import cli, data_flag

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_string("preset", "amp_net_any_ratio", "Name of a shipped preset of the network for all ratios.")
flags.DEFINE_list("dataset", ["set11"], "Data sets to measure on.")


def average_psnr(network, photographs, count):
    """The average PSNR in dB of grey images, floats in [0, 1], sensed with m = `count` and rebuilt."""
    from amp_net.images import blocks, quality

    psnr = []
    for image in photographs:
        whole = blocks.padded(image, network.block_size)[None, ..., None]
        restored = np.asarray(network.reconstruct(network.sense(whole, count)))[0, ..., 0]
        psnr.append(quality.psnr(image, restored[: image.shape[0], : image.shape[1]]))
    return float(np.mean(psnr))


def main():
    """From the flags to the preset's metadata."""
    from amp_net import images
    from amp_net.images import image_sets
    from amp_net.models import presets
    from amp_net.models.any_ratio import AnyRatioAMPNet
    from amp_net.models.cs_ratios import PUBLISHED_MEASUREMENTS
    from experiments.shared.result_files import fingerprint, note

    weights, network = fingerprint(FLAGS.preset), AnyRatioAMPNet.from_preset(FLAGS.preset)
    for dataset in FLAGS.dataset:
        loaded = [image for _, image in image_sets.load(dataset, FLAGS.data_dir)]
        photographs = [images.to_unit(images.luminance(image)) for image in loaded]
        known = presets.load_metadata(FLAGS.preset)["results"].get(dataset, {})
        means = dict(known["psnr"]) if known.get("weights") == weights else {}
        for ratio, count in PUBLISHED_MEASUREMENTS.items():
            if str(ratio) not in means:
                means[str(ratio)] = round(average_psnr(network, photographs, count), 4)
                results = {"images": len(photographs), "weights": weights, "psnr": means}
                note(FLAGS.preset, weights, results={dataset: results})
            print(f"{dataset}  {ratio} %  {means[str(ratio)]:.2f} dB", flush=True)


if __name__ == "__main__":
    cli.run(main)
