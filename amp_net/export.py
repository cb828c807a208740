"""Exports a preset: `python -m amp_net.export --preset=amp_net_cs25 --output_dir=exported`."""

from time import monotonic

from absl import flags

from amp_net.command_flags import dtype_flag
from amp_net.command_line import cli, progress

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", None, "Name or folder of the preset.", required=True)
flags.DEFINE_float("cs_ratio", None, "For a preset for all CS ratios: which one, in percent.")
flags.DEFINE_enum("format", "savedmodel", ["savedmodel", "tflite", "onnx"], "What to write.")
flags.DEFINE_string("output_dir", None, "The SavedModel's folder, or the folder of the file.", required=True)
flags.adopt_module_key_flags(dtype_flag)


def main() -> None:
    """From the flags to one call of the library."""
    if FLAGS.format != "savedmodel" and FLAGS.dtype != "float32":
        raise ValueError(f"--dtype={FLAGS.dtype} is for --format=savedmodel; {FLAGS.format} is in float32.")
    cli.needs_tensorflow("amp_net.export")
    from amp_net.models import networks

    started = monotonic()

    def say(what: str) -> None:
        progress.say(f"{what}, after {progress.duration(monotonic() - started)}.")

    model = networks.load(FLAGS.preset, FLAGS.cs_ratio)
    if FLAGS.format == "savedmodel":
        from amp_net.tensorflow.saved_model import export_saved_model

        export_saved_model(model, FLAGS.output_dir, FLAGS.dtype)
        say(f"{FLAGS.output_dir} holds the SavedModel of {FLAGS.preset}")
    else:
        from amp_net.tensorflow.exchange_formats import export_to

        made = {"reconstruct": "blocks", "reconstruct_images": "images"}
        if FLAGS.format == "tflite":
            made = {"reconstruct": "blocks and images"}
        for name, what in made.items():
            path = f"{FLAGS.output_dir}/{name}.{FLAGS.format}"
            export_to(model, FLAGS.format, path, images=what == "images")
            say(f"{path} makes {what} of measurements as {FLAGS.preset} does")


def run() -> None:
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
