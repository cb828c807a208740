"""Writes what a camera's mirrors show.

`python -m amp_net.patterns --phi=hadamard --frame=64,64 --order=cake_cutting --split=halves --output_dir=p`

The folder gets an image of one bit a mirror for each pattern, in the order in which they are to be shown,
`patterns.json`, by which `amp_net.reconstruct` knows all of it, and for Hadamard patterns `order.txt`.
"""

from time import monotonic

from absl import flags

from amp_net.command_flags import bench_flags
from amp_net.command_line import cli, progress

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Folder of the patterns.", required=True)
flags.DEFINE_string("preset", None, "Name or folder of a preset whose learned sensing matrix is shown.")
flags.DEFINE_float("cs_ratio", None, "For a preset for all CS ratios: measurements in percent of the pixels.")
flags.DEFINE_list(
    "device", None, "Rows and columns of mirrors, as 768,1024; without it those of the patterns."
)
flags.DEFINE_integer("mirrors", None, "Mirrors along a pixel; without it as many as fit on the device.")
flags.DEFINE_float("rotation", 0, "By how much patterns are turned to the left, in degrees.")
flags.DEFINE_bool("dither", False, "Show grey levels of Φ as a part of the mirrors of a pixel.")
flags.DEFINE_bool("overwrite", False, "Whether to make the patterns anew where a folder of them is.")
flags.adopt_module_key_flags(bench_flags)


def main() -> None:
    """From the flags to one call of the library."""
    bench_flags.check()
    if bool(FLAGS.preset) + bool(FLAGS.phi) + bool(FLAGS.patterns) != 1:
        raise ValueError("Give one of --phi, --preset and --patterns: what is to be shown.")
    if FLAGS.cs_ratio is not None and not FLAGS.preset:
        raise ValueError("--cs_ratio is about --preset, which is missing.")
    device = bench_flags.pair("device")
    from amp_net.batch import pattern_folders
    from amp_net.bench import descriptions

    if FLAGS.preset:
        found = descriptions.of_preset(FLAGS.preset, FLAGS.cs_ratio, FLAGS.split)
    else:
        found = bench_flags.acquisition()
    started = monotonic()
    line = pattern_folders.write(
        FLAGS.output_dir, found, device, FLAGS.mirrors, FLAGS.rotation, FLAGS.dither, FLAGS.overwrite
    )
    progress.say(f"{line}, in {progress.duration(monotonic() - started)}")


def run() -> None:
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
