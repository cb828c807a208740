"""Makes images of measurements: `python -m amp_net.reconstruct --output_dir=out y/`."""

from pathlib import Path

from absl import flags

from amp_net import cli
from amp_net.classical.methods import METHODS
from amp_net.command_flags import dtype_flag, max_pixels_flag, way_flags

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Folder of the images.", required=True)
flags.DEFINE_string("preset", None, "Preset to rebuild with; without it the one each file names.")
flags.DEFINE_string(
    "method",
    "network",
    f"The trained network; {', '.join(METHODS)}, which need no training; or yours, package.module:function.",
)
flags.DEFINE_string("phi", None, "Your sensing matrix (.npy, .mat), a row a measurement, for such a method.")
flags.DEFINE_string("phi_variable", None, "The variable that is meant in the sensing matrix's .mat file.")
flags.DEFINE_string("mat_variable", None, "The variable that is meant in measurements' .mat files.")
flags.DEFINE_list("grid", None, "For .npy and .mat measurements: rows and columns of blocks, as 8,8.")
flags.DEFINE_list("image_size", None, "With --grid, if smaller than that: height and width in pixels.")
flags.DEFINE_float("scale", 1, "With --grid: what a white pixel measures with a weight of 1, as 255.")
flags.DEFINE_enum("depth", "8", ["8", "16"], "With --grid: bits of the image to write.")
flags.DEFINE_enum("format", "png", ["png", "tiff"], "Format for images whose source was neither.")
flags.DEFINE_bool("overwrite", False, "Whether to make images anew that are there.")
flags.adopt_module_key_flags(dtype_flag)
flags.adopt_module_key_flags(way_flags)
flags.adopt_module_key_flags(max_pixels_flag)
OF_ARRAYS = ("mat_variable", "grid", "image_size", "scale", "depth")
"""Flags that say what an array does not."""


def main(paths: list[str]) -> None:
    """From the flags to one call of the library for each file."""
    trained = FLAGS.method == "network"
    if FLAGS.phi and trained:
        raise ValueError(
            "--phi needs --method=amp or another; a network rebuilds only what its own matrix measured."
        )
    if FLAGS.phi and FLAGS.preset:
        raise ValueError("Give --phi or --preset, not both; each is a sensing matrix.")
    if not trained and FLAGS.dtype != "float32":
        raise ValueError(f"--dtype={FLAGS.dtype} is for the network, not for --method={FLAGS.method}.")
    way = way_flags.chosen()
    if not trained and way == "ensemble":
        raise ValueError(f"--ensemble is for the network, not for --method={FLAGS.method}.")
    if FLAGS.phi_variable and not FLAGS.phi:
        raise ValueError("--phi_variable is about --phi, which is missing.")
    grid, size = _pair("grid"), _pair("image_size")
    from amp_net.batch import file_batches
    from amp_net.measurements import camera_data

    found = file_batches.find(paths, (".npz", *camera_data.SUFFIXES))
    given = [name for name in OF_ARRAYS if FLAGS[name].present]
    if given and not any(file.suffix.lower() in camera_data.SUFFIXES for file in found):
        raise ValueError(
            f"--{given[0]} is for .npy and .mat measurements, and there are none; a .npz file says it itself."
        )
    # After the checks, since TensorFlow takes seconds to import.
    from amp_net.batch import ownership
    from amp_net.batch.conversions import RebuildFile
    from amp_net.batch.reconstructors import Reconstructors
    from amp_net.measurements.given_matrix import given_matrix
    from amp_net.storage import files
    from amp_net.storage.kept import Kept

    phi = given_matrix(FLAGS.phi, FLAGS.phi_variable) if FLAGS.phi else None
    models = Reconstructors(FLAGS.method, FLAGS.preset, phi, FLAGS.dtype)
    rebuilding = RebuildFile(models, FLAGS.format, way, FLAGS.max_pixels)
    files.make_folder(FLAGS.output_dir)

    def work(source: Path, target: Path) -> str:
        pieces = target.with_name(f".{target.name}.pieces")
        if source.suffix.lower() in camera_data.SUFFIXES:
            array = camera_data.read_array(source, FLAGS.mat_variable)
            model, dtype = models.for_preset("", array.shape[-1]), f"uint{FLAGS.depth}"
            measured = camera_data.measurements_of(array, model, grid, size, dtype, FLAGS.scale)
            made = rebuilding.rebuild(measured, model, target, pieces)
        else:
            content = files.read(source, rebuilding.largest)
            made = rebuilding.convert(content, found[source], source, pieces)
        ownership.check(target)
        files.write(target, made.content)
        # Of a large image, also those that a run before this had made.
        Kept(pieces, None).finish()
        return f"{target}  {'×'.join(map(str, made.image.shape))} {made.image.dtype}"

    folder = Path(FLAGS.output_dir)
    targets = {file: folder / rebuilding.target(place, FLAGS.format) for file, place in found.items()}
    file_batches.run(targets, work, FLAGS.overwrite)


def _pair(flag: str) -> tuple[int, int] | None:
    values = FLAGS[flag].value
    if values is None:
        return None
    if len(values) != 2 or not all(value.isdecimal() and int(value) for value in values):
        raise ValueError(f"--{flag} is {','.join(values)}; it takes two positive numbers, as 8,8.")
    rows, columns = map(int, values)
    return rows, columns


def run() -> None:
    """The console script."""
    cli.run(main, takes_paths=True)


if __name__ == "__main__":
    run()
