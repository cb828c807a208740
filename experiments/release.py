"""Turns a finished run into a shipped preset: `python -m experiments.release --run=runs/… --preset=NAME`.

The run's best weights by validation are put into `checkpoints/`. `experiments.results` measures them.
"""

from pathlib import Path

from absl import flags

from amp_net import commands

FLAGS = flags.FLAGS
flags.DEFINE_string("run", None, "The run's folder.", required=True)
flags.DEFINE_string("preset", None, "Name of the preset.", required=True)


def main():
    """From the flags to one call of the library."""
    from amp_net import AMPNet, presets

    best = Path(FLAGS.run) / "best"
    AMPNet.from_preset(best).save_to_preset(Path("checkpoints") / FLAGS.preset, presets.load_metadata(best))


if __name__ == "__main__":
    commands.run(main)
