"""Makes images of measurements: `python -m amp_net.reconstruct --output_dir=out y/`."""

from pathlib import Path
from typing import Any

from absl import flags

from amp_net.classical.methods import METHODS, TRAINED
from amp_net.command_flags import bench_flags, dtype_flag, max_pixels_flag, way_flags
from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Folder of the images.", required=True)
flags.DEFINE_string("preset", None, "Preset to rebuild with; without it the one each file names.")
flags.DEFINE_string(
    "method",
    "network",
    f"The trained network; {', '.join(METHODS)}, which need no training; {', '.join(TRAINED)}, whose "
    "weights a command makes; or yours, package.module:function.",
)
flags.DEFINE_string("y_variable", None, "The array that is meant in files of a camera's measurements.")
flags.DEFINE_alias("mat_variable", "y_variable")
flags.DEFINE_list("grid", None, "For a camera's measurements: rows and columns of blocks, as 8,8.")
flags.DEFINE_list("image_size", None, "With --grid, if smaller than that: height and width in pixels.")
flags.DEFINE_float(
    "scale", None, "What a white pixel measures with a weight of 1; without it, it is estimated."
)
flags.DEFINE_string("dark", "0", "What a camera measures without light: a number, or a file of readings.")
flags.DEFINE_float(
    "noise_std", None, "Of a camera's noise, relative to the RMS of y; without it, that of counted photons."
)
flags.DEFINE_bool(
    "animated", False, "Write the frames of a file as an animated PNG, not as a folder of images."
)
flags.DEFINE_enum("depth", "8", ["8", "16"], "For a camera's measurements: bits of the image to write.")
flags.DEFINE_enum("format", "png", ["png", "tiff"], "Format for images whose source was neither.")
flags.DEFINE_bool("overwrite", False, "Whether to make images anew that are there.")
flags.adopt_module_key_flags(bench_flags)
flags.adopt_module_key_flags(dtype_flag)
flags.adopt_module_key_flags(way_flags)
flags.adopt_module_key_flags(max_pixels_flag)
OF_ARRAYS = ("y_variable", "grid", "image_size", "scale", "dark", "noise_std", "animated", "depth")
"""Flags that say what a measurement file says itself."""


def main(paths: list[str]) -> None:
    """From the flags to one call of the library for each file."""
    if FLAGS.method != "network" and FLAGS.dtype != "float32":
        raise ValueError(f"--dtype={FLAGS.dtype} is for the network, not for --method={FLAGS.method}.")
    way = way_flags.chosen()
    if FLAGS.method != "network" and way == "ensemble":
        raise ValueError(f"--ensemble is for the network, not for --method={FLAGS.method}.")
    if FLAGS.phi and FLAGS.preset and FLAGS.method != "network":
        raise ValueError("Give --phi or --preset, not both; each is a sensing matrix.")
    bench_flags.check()
    grid, size = bench_flags.pair("grid"), bench_flags.pair("image_size")
    from amp_net.batch import file_batches
    from amp_net.measurements import number_files

    # In a folder, a text beside the measurements is more often about them.
    suffixes = [suffix for suffix in number_files.SUFFIXES if suffix != ".txt"]
    found = file_batches.find(paths, suffixes)
    of_cameras = {file for file in found if number_files.is_numbers(file)}
    of_phi = ("phi", "patterns", "split") if FLAGS.method == "network" else ()
    given = [name for name in (*OF_ARRAYS, *of_phi) if FLAGS[name].present]
    if given and not of_cameras:
        raise ValueError(
            f"--{given[0]} is for a camera's measurements, and there are none; a measurement file says it "
            "itself."
        )
    # After the checks, since TensorFlow takes seconds to import.
    from amp_net.batch import ownership
    from amp_net.batch.conversions import RebuildFile
    from amp_net.batch.reconstructors import Reconstructors
    from amp_net.storage.disk import files, folders
    from amp_net.storage.kept import Kept

    acquisition = bench_flags.acquisition(FLAGS.preset)
    # For measurement files of a Φ that no preset has.
    phi = acquisition.operator.matrix if acquisition and {*found} - of_cameras else None
    models = Reconstructors(FLAGS.method, FLAGS.preset, phi, dtype_flag.chosen())
    rebuilding = RebuildFile(models, FLAGS.format, way, FLAGS.max_pixels)
    frames = _frames(acquisition, models, way, grid, size) if of_cameras else None
    folders.make_folder(FLAGS.output_dir)

    def work(source: Path, target: Path) -> str:
        if frames and source in of_cameras:
            return frames.work(source, target, FLAGS.overwrite)
        pieces = target.with_name(f".{target.name}.pieces")
        content = files.read(source, rebuilding.largest)
        made = rebuilding.convert(content, found[source], source, pieces)
        ownership.check(target)
        files.write(target, made.content)
        # Of a large image, also those that a run before this had made.
        Kept(pieces, None).finish()
        return f"{target}  {'×'.join(map(str, made.image.shape))} {made.image.dtype}"

    folder = Path(FLAGS.output_dir)
    targets = {file: folder / rebuilding.target(place, FLAGS.format) for file, place in found.items()}
    file_batches.run(targets, work, FLAGS.overwrite, FLAGS.output_dir)


def _frames(
    acquisition: Any, models: Any, way: str | None, grid: tuple[int, int] | None, size: tuple[int, int] | None
) -> Any:
    """What makes images of a camera's numbers."""
    from amp_net.batch import frame_files
    from amp_net.models.any_phi import PRESET

    preset, load = models.for_acquisition(acquisition)
    return frame_files.FrameFiles(
        acquisition,
        FLAGS.method,
        preset,
        load,
        way,
        FLAGS.y_variable,
        grid,
        frame_files.dark_counts(FLAGS.dark),
        FLAGS.scale,
        FLAGS.noise_std,
        size,
        f"uint{FLAGS.depth}",
        FLAGS.animated,
        FLAGS.split,
        FLAGS.max_pixels,
        (lambda: models.identity(preset or PRESET)) if FLAGS.method == "network" else None,
    )


def run() -> None:
    """The console script."""
    cli.run(main, takes_paths=True)


if __name__ == "__main__":
    run()
