"""Exports a preset: `python -m amp_net.export --preset=amp_net_cs25 --output_dir=exported`."""

from absl import flags

from amp_net import commands

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", None, "Name or folder of the preset.", required=True)
flags.DEFINE_string("output_dir", None, "The SavedModel's folder.", required=True)


def main():
    """From the flags to one call of the library."""
    from amp_net.model import AMPNet
    from amp_net.saved_model import export_saved_model

    export_saved_model(AMPNet.from_preset(FLAGS.preset), FLAGS.output_dir)
    print(f"{FLAGS.output_dir} holds the SavedModel of {FLAGS.preset}.")


def run():
    """The console script."""
    commands.run(main)


if __name__ == "__main__":
    run()
