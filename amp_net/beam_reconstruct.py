"""Senses or rebuilds images by the million, with Apache Beam.

`python -m amp_net.beam_reconstruct --input='y/**.npz' --output_dir=out -- --runner=…`; the options after the
bare `--` are Beam's.
"""

import contextlib
from time import monotonic

from absl import flags

from amp_net.command_flags import dtype_flag, max_pixels_flag, way_flags
from amp_net.command_line import cli, progress, start_up

FLAGS = flags.FLAGS
OWN = {
    "sense": ("bits", "noise_std", "seed", "cs_ratio"),
    "reconstruct": ("format", "dtype", "blockwise", "ensemble"),
}
"""Flags that only one of the tasks has."""
flags.DEFINE_string(
    "input", None, "Pattern of files, as of Beam: y/*.npz, gs://bucket/y/**.npz.", required=True
)
flags.DEFINE_string(
    "output_dir", None, "Folder of what is made, on any file system Beam knows.", required=True
)
flags.DEFINE_enum("task", "reconstruct", ["reconstruct", "sense"], "Which of the two commands to do.")
flags.DEFINE_string("preset", None, "To sense with; to rebuild with, instead of the one each file names.")
flags.DEFINE_integer("bits", None, "As of amp_net.sense.")
flags.DEFINE_float("cs_ratio", None, "As of amp_net.sense.")
flags.DEFINE_float("noise_std", 0, "As of amp_net.sense.")
flags.DEFINE_integer("seed", 0, "As of amp_net.sense.")
flags.DEFINE_enum("format", "png", ["png", "tiff"], "As of amp_net.reconstruct.")
flags.DEFINE_bool("overwrite", False, "Whether to make files anew that are there.")
flags.adopt_module_key_flags(dtype_flag)
flags.adopt_module_key_flags(way_flags)
flags.adopt_module_key_flags(max_pixels_flag)


def main(options: list[str]) -> None:
    """From the flags to one call of the library."""
    from amp_net import measurements
    from amp_net.measurements import measurement_files

    for task, names in OWN.items():
        given = [name for name in names if FLAGS[name].present]
        if given and task != FLAGS.task:
            raise ValueError(f"--{given[0]} is for --task={task}, not for {FLAGS.task}.")
    if FLAGS.bits is not None:
        measurement_files.check_bits(FLAGS.bits)
    measurements.check_noise(FLAGS.noise_std)
    try:
        from amp_net.batch import beam_pipeline
    except ImportError as error:
        raise ValueError("This needs Apache Beam; install it with pip install 'amp_net[beam]'.") from error
    if FLAGS.task == "sense":
        settings = {"preset": FLAGS.preset or "ampa_net_cs25", "bits": FLAGS.bits}
        settings |= {"noise_std": FLAGS.noise_std, "seed": FLAGS.seed, "cs_ratio": FLAGS.cs_ratio}
    else:
        settings = {"preset": FLAGS.preset, "file_format": FLAGS.format, "dtype": dtype_flag.chosen()}
        settings["way"] = way_flags.chosen()
    settings["max_pixels"] = FLAGS.max_pixels
    started = monotonic()
    # Workers are processes of Beam, and write where this one does.
    with contextlib.nullcontext() if start_up.are_asked_for() else start_up.without_start_up_lines():
        counters = beam_pipeline.run(
            FLAGS.task, settings, FLAGS.input, FLAGS.output_dir, FLAGS.overwrite, options
        )
    progress.say(", ".join(f"{count} {name}" for name, count in counters.items()))
    made = counters["files"] - counters["failed"] - counters["skipped"]
    took = progress.duration(monotonic() - started)
    progress.say(f"{progress.counted(made, 'file')} written in {took}, in {FLAGS.output_dir}.")
    if counters["failed"]:
        raise ValueError(f"{counters['failed']} files failed; {FLAGS.output_dir}/failed.jsonl lists them.")


def run() -> None:
    """The console script."""
    cli.run(main, takes_paths=True)


if __name__ == "__main__":
    run()
