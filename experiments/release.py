"""Turns a finished run into a shipped preset: `python -m experiments.release --run=runs/… --preset=NAME`.

The run's best weights by validation are evaluated on the test sets once, after the fact, and put into
`checkpoints/` with the results in their metadata.
"""

from pathlib import Path

from absl import flags

from amp_net import commands

FLAGS = flags.FLAGS
flags.DEFINE_string("run", None, "The run's folder.", required=True)
flags.DEFINE_string("preset", None, "Name of the preset.", required=True)
flags.DEFINE_list("dataset", ["set11", "bsd68"], "Test sets, with commas.")
flags.DEFINE_string("data_dir", None, "Folder of the original image files, instead of the network.")


def main():
    """From the flags to one call of the library."""
    from amp_net import AMPNet, evaluation, presets

    best = Path(FLAGS.run) / "best"
    metadata = presets.load_metadata(best)
    rows = evaluation.evaluate([best], FLAGS.dataset, FLAGS.data_dir)
    for means in evaluation.summarize(rows):
        metadata["results"][means["dataset"]] = {
            field: round(means[field], 4) for field in ("images", "psnr", "ssim", "psnr_unclipped")
        }
        print(means["dataset"], metadata["results"][means["dataset"]])
    AMPNet.from_preset(best).save_to_preset(Path("checkpoints") / FLAGS.preset, metadata)


if __name__ == "__main__":
    commands.run(main)
