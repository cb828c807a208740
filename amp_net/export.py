"""Exports a preset: `python -m amp_net.export --preset=amp_net_cs25 --output_dir=exported`."""

from absl import flags

from amp_net import cli, dtype_flag

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", None, "Name or folder of the preset.", required=True)
flags.DEFINE_enum("format", "savedmodel", ["savedmodel", "tflite", "onnx"], "What to write.")
flags.DEFINE_string("output_dir", None, "The SavedModel's folder, or the folder of the file.", required=True)
flags.adopt_module_key_flags(dtype_flag)


def main():
    """From the flags to one call of the library."""
    if FLAGS.format != "savedmodel" and FLAGS.dtype != "float32":
        raise ValueError(f"--dtype={FLAGS.dtype} is for --format=savedmodel; {FLAGS.format} is in float32.")
    cli.needs_tensorflow("amp_net.export")
    from amp_net.models.amp_net import AMPNet

    model = AMPNet.from_preset(FLAGS.preset)
    if FLAGS.format == "savedmodel":
        from amp_net.tensorflow.saved_model import export_saved_model

        export_saved_model(model, FLAGS.output_dir, FLAGS.dtype)
        print(f"{FLAGS.output_dir} holds the SavedModel of {FLAGS.preset}.")
    else:
        from amp_net.tensorflow.exchange_formats import export_to

        path = f"{FLAGS.output_dir}/reconstruct.{FLAGS.format}"
        export_to(model, FLAGS.format, path)
        print(f"{path} makes blocks of measurements as {FLAGS.preset} does.")


def run():
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
