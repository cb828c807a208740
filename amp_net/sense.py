"""Senses images: `python -m amp_net.sense --preset=amp_net_cs25 --output_dir=y photograph.png folder/`."""

import zlib
from pathlib import Path

from absl import flags

from amp_net import commands

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pgm", ".ppm")

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "ampa_net_cs25", "Name or folder of the preset whose sensing matrix measures.")
flags.DEFINE_string("output_dir", None, "Folder of the measurement files.", required=True)
flags.DEFINE_integer("bits", None, "Store measurements with 4 to 16 bits each instead of as float32.")
flags.DEFINE_float("noise_std", 0, "Standard deviation of noise on the measurements, relative to their RMS.")
flags.DEFINE_integer("seed", 0, "Seed of the noise, with the name of the file.")
flags.DEFINE_bool("overwrite", False, "Whether to make measurement files anew that are there.")


def main(paths):
    """From the flags to one call of the library for each image."""
    from amp_net import file_batches, measurement_files

    if FLAGS.bits is not None and FLAGS.bits not in measurement_files.BITS:
        raise ValueError(f"Measurements are stored with 4 to 16 bits, not {FLAGS.bits}.")
    if not 0 <= FLAGS.noise_std < float("inf"):
        raise ValueError(f"The noise is {FLAGS.noise_std:g} of the measurements; it must be 0 or more.")
    found = file_batches.find(paths, SUFFIXES)
    # After the checks, since TensorFlow takes seconds to import.
    from amp_net import AMPNet, files, images, sense_image

    model = AMPNet.from_preset(FLAGS.preset)
    files.make_folder(FLAGS.output_dir)

    def work(source, target):
        image = images.read_unchanged(source)
        # Other noise in each file, and the same whatever else is in the folder.
        seed = (FLAGS.seed, zlib.crc32(str(found[source]).encode()))
        measured = sense_image(image, model, FLAGS.preset, FLAGS.noise_std, seed)
        measurement_files.save(target, measured, FLAGS.bits)
        size = target.stat().st_size
        return f"{target}  {size} bytes, {100 * size / image.nbytes:.1f} % of the image's {image.nbytes}"

    folder = Path(FLAGS.output_dir)
    targets = {file: folder / place.with_name(f"{place.name}.npz") for file, place in found.items()}
    file_batches.run(targets, work, FLAGS.overwrite)


def run():
    """The console script."""
    commands.run(main, takes_paths=True)


if __name__ == "__main__":
    run()
