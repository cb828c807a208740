"""Senses images: `python -m amp_net.sense --preset=amp_net_cs25 --output_dir=y photograph.png folder/`."""

from pathlib import Path
from typing import Any

from absl import flags

from amp_net.command_flags import bench_flags, max_pixels_flag, range_flag
from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "ampa_net_cs25", "Name or folder of the preset whose sensing matrix measures.")
flags.DEFINE_float("cs_ratio", None, "For a preset for all CS ratios: measurements in percent of the pixels.")
flags.DEFINE_string("output_dir", None, "Folder of the measurement files.", required=True)
flags.DEFINE_integer("bits", None, "Store measurements with 4 to 16 bits each instead of as float32.")
flags.DEFINE_float("noise_std", 0, "Standard deviation of noise on the measurements, relative to their RMS.")
flags.DEFINE_list("grid", None, "With --phi: rows and columns of frames beside each other, as 2,2.")
flags.DEFINE_float("photons", None, "With --phi: counts of a white pixel with its mirror on, for a pattern.")
flags.DEFINE_float("dark", 0, "With --phi: counts of a pattern without light.")
flags.DEFINE_float("drift", 0, "With --phi: how much brighter the lamp is at the end, as 0.1.")
flags.DEFINE_integer("seed", 0, "Seed of the noise, with the name of the file.")
flags.DEFINE_bool("overwrite", False, "Whether to make measurement files anew that are there.")
flags.adopt_module_key_flags(bench_flags)
flags.adopt_module_key_flags(max_pixels_flag)
flags.adopt_module_key_flags(range_flag)
OF_PRESETS, OF_CAMERAS = ("preset", "cs_ratio", "bits"), ("grid", "photons", "dark", "drift", "split")


def main(paths: list[str]) -> None:
    """From the flags to one call of the library for each image."""
    camera = bool(FLAGS.phi or FLAGS.patterns)
    bench_flags.check()
    wrong = [name for name in (OF_PRESETS if camera else OF_CAMERAS) if FLAGS[name].present]
    if wrong:
        without = "with --phi or --patterns" if camera else "without --phi or --patterns"
        raise ValueError(f"--{wrong[0]} says nothing {without}.")
    grid = bench_flags.pair("grid")
    from amp_net import measurements
    from amp_net.batch import file_batches
    from amp_net.images.formats import image_descriptions
    from amp_net.measurements import measurement_files

    if FLAGS.bits is not None:
        measurement_files.check_bits(FLAGS.bits)
    measurements.check_noise(FLAGS.noise_std)
    found = file_batches.find(paths, image_descriptions.SUFFIXES)
    # After the checks, since TensorFlow takes seconds to import.
    from amp_net.batch import ownership
    from amp_net.batch.conversions import SenseFile
    from amp_net.storage.disk import files, folders

    shared = {"seed": FLAGS.seed, "max_pixels": FLAGS.max_pixels, "value_range": range_flag.stated()}
    sensing: Any
    if camera:
        from amp_net.batch.simulated_files import SimulatedFile

        light = (FLAGS.photons, FLAGS.dark, FLAGS.drift, FLAGS.noise_std)
        sensing = SimulatedFile(bench_flags.acquisition(), grid, *light, **shared)
    else:
        sensing = SenseFile(FLAGS.preset, FLAGS.noise_std, bits=FLAGS.bits, cs_ratio=FLAGS.cs_ratio, **shared)
    folders.make_folder(FLAGS.output_dir)
    told: list[str] = []

    def work(source: Path, target: Path) -> str:
        made = sensing.convert(files.read(source, sensing.largest), found[source], source)
        ownership.check(target)
        files.write(target, made.content)
        size, before = len(made.content), made.image.nbytes
        line = f"{target}  {size} bytes, {100 * size / before:.1f} % of the image's {before}"
        if size > before and not camera and FLAGS.bits is None and not told:
            told.append(line)
            # Pixels of 8 bits against y of 32.
            line += "; y is stored as float32, and --bits=8 would take about a fourth"
        return line

    folder = Path(FLAGS.output_dir)
    targets = {file: folder / sensing.target(place) for file, place in found.items()}
    file_batches.run(targets, work, FLAGS.overwrite, FLAGS.output_dir)


def run() -> None:
    """The console script."""
    cli.run(main, takes_paths=True)


if __name__ == "__main__":
    run()
