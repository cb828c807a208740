"""Turns a run into a shipped preset: `python -m experiments.recipe.release --run=runs/… --preset=NAME`.

The run's best weights by validation are put into `checkpoints/`, with its curve, unless the run started from
the preset that is there and has come no further on the same held-out photographs. `experiments.paper.results`
measures them.
"""

from pathlib import Path

from absl import flags

from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("run", None, "The run's folder.", required=True)
flags.DEFINE_string("preset", None, "Name of the preset.", required=True)


def main():
    """From the flags to one call of the library."""
    from amp_net import AMPNet
    from amp_net.models import presets

    best, shipped = Path(FLAGS.run) / "best", Path("checkpoints") / FLAGS.preset
    made = presets.load_metadata(best)
    reached = made["results"]["validation_psnr"]
    if made["training"]["start_from"] == FLAGS.preset:
        before = presets.load_metadata(shipped)["results"]["validation_psnr"]
        if reached <= before:
            print(f"{FLAGS.preset} stays as it is, at {before} dB; {best} has {reached} dB.")
            return
    curve = (Path(FLAGS.run) / "history.csv").read_text(encoding="utf-8")
    AMPNet.from_preset(best).save_to_preset(shipped, {**made, "licence": "MIT"}, curve)


if __name__ == "__main__":
    cli.run(main)
