"""Trains the network for any Φ: `python -m experiments.recipe.any_phi --output_dir=FOLDER --photographs=…`.

Every step draws a sensing matrix, a number of measurements and noise anew, see `draws`. Weights start
from a preset: that of the network for all ratios, whose denoisers are alike, or one of this network. Written
are `curve.csv`, `state.npz` every few minutes, and in the end the folder `preset`. The command takes
`--minutes`; given again with `--start_from=FOLDER/preset` it goes on from there.
"""

import time
from pathlib import Path

from absl import flags

from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Where the results go.", required=True)
flags.DEFINE_list("photographs", None, "Folders of the photographs to train and validate on.", required=True)
flags.DEFINE_string(
    "start_from", "amp_net_any_ratio", "Preset to start from: its name, a folder, or an .npz."
)
flags.DEFINE_float("minutes", 60, "Minutes for the training.", lower_bound=0)
flags.DEFINE_float("learning_rate", 7e-4, "Peak learning rate.", lower_bound=0)
flags.DEFINE_float("decay", 0.4, "Share of the training in which the rate falls.", 0, 1)
flags.DEFINE_float("validate_minutes", 8, "Minutes between validations.", lower_bound=0)
flags.DEFINE_integer("seed", 1, "Seed of everything random.")


def main():
    """From the flags to the preset."""
    import keras

    from amp_net.training.steps.optimizers import make_optimizer
    from experiments.recipe.any_phi.draws import Draws
    from experiments.recipe.any_phi.training import make_step, make_validation, start
    from experiments.shared.markdown import command
    from experiments.shared.trainings.course import train
    from experiments.shared.trainings.photographs import held_out_names, read_apart

    keras.utils.set_random_seed(FLAGS.seed)
    folder, began = Path(FLAGS.output_dir), time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    photographs, held_out = read_apart(FLAGS.photographs, held_out_names())
    network = start(FLAGS.start_from)
    optimizer = make_optimizer("muon", FLAGS.learning_rate, 1.0)
    optimizer.build(network.trainable_variables)
    rows = train(
        network,
        optimizer,
        make_step(network, Draws(photographs, FLAGS.seed), optimizer),
        make_validation(network, held_out[::2]),
        folder,
        FLAGS.minutes,
        FLAGS.decay,
        FLAGS.validate_minutes,
    )
    metadata = {
        "network": "AnyPhiAMPNet",
        "command": command("experiments.recipe.any_phi", ("output_dir", "photographs")).strip("`"),
        "steps": rows[-1]["step"],
        "hours": round((time.monotonic() - began) / 3600, 2),
        "started_from": FLAGS.start_from,
        "training": {
            "photographs": len(photographs),
            "held_out": len(held_out),
            "learning_rate": FLAGS.learning_rate,
            "decay": FLAGS.decay,
            "seed": FLAGS.seed,
            "policy": "mixed_bfloat16",
        },
        "results": {
            "validation_psnr": {k: v for k, v in rows[-1].items() if k not in ("step", "minutes", "loss")}
        },
    }
    network.save_to_preset(folder / "preset", metadata, (folder / "curve.csv").read_text(encoding="utf-8"))


if __name__ == "__main__":
    cli.run(main)
