"""Trains the network for all ratios with a Φ of ±1: `python -m experiments.recipe.binary_phi --output_dir=…`.

Its patterns are chosen beforehand, see `patterns`, and stay; the stages start from a preset, and learn to
rebuild from these, see `training.trained_of`. Written are `curve.csv`, `state.npz` every few minutes, and in
the end the folder `preset`. The command takes `--minutes`, and some for the patterns; given again with
`--start_from=FOLDER/preset` it goes on from there, with the same patterns.
"""

import time
from pathlib import Path

from absl import flags

from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Where the results go.", required=True)
flags.DEFINE_list("photographs", None, "Folders of the photographs to train and validate on.", required=True)
flags.DEFINE_string("start_from", "amp_net_any_ratio", "Preset to start from: its name, or a folder.")
flags.DEFINE_float("minutes", 60, "Minutes for the training.", lower_bound=0)
flags.DEFINE_float("learning_rate", 5e-4, "Peak learning rate.", lower_bound=0)
flags.DEFINE_float("decay", 0.6, "Share of the training in which the rate falls.", 0, 1)
flags.DEFINE_integer("batch", 4, "Windows a step.", lower_bound=1)
flags.DEFINE_float("validate_minutes", 10, "Minutes between validations.", lower_bound=0)
flags.DEFINE_integer("seed", 1, "Seed of everything random.")


def main():
    """From the flags to the preset."""
    import keras
    import numpy as np

    from amp_net.models import presets
    from amp_net.models.any_ratio import AnyRatioAMPNet
    from amp_net.training.steps.optimizers import make_optimizer
    from experiments.recipe.binary_phi.patterns import patterns_of
    from experiments.recipe.binary_phi.training import SIDE, make_step, make_validation, start, trained_of
    from experiments.shared.markdown import command
    from experiments.shared.trainings.course import train
    from experiments.shared.trainings.photographs import (
        SCALES,
        at_scales,
        held_out_names,
        random_window,
        read_apart,
    )

    keras.utils.set_random_seed(FLAGS.seed)
    folder, began = Path(FLAGS.output_dir), time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    photographs, held_out = read_apart(FLAGS.photographs, held_out_names())
    trained, patterns = AnyRatioAMPNet.from_preset(FLAGS.start_from), None
    if not trained.config["binary"]:
        patterns = patterns_of(photographs, trained.block_size, trained.measurements)
    network = start(trained, patterns)
    scaled, random = at_scales(photographs, SCALES), np.random.default_rng(FLAGS.seed)
    optimizer = make_optimizer("muon", FLAGS.learning_rate, 1.0)
    variables = trained_of(network)
    optimizer.build(variables)

    def draw():
        return np.stack([random_window(scaled, SIDE, random) for _ in range(FLAGS.batch)])[..., None]

    rows = train(
        network,
        optimizer,
        make_step(network, draw, optimizer, variables),
        make_validation(network, held_out[::3]),
        folder,
        FLAGS.minutes,
        FLAGS.decay,
        FLAGS.validate_minutes,
    )
    sets = " and ".join(Path(each).name for each in FLAGS.photographs)
    scales = ", ".join(map(str, SCALES))
    metadata = {
        "network": "AnyRatioAMPNet",
        "command": command("experiments.recipe.binary_phi", ("output_dir", "photographs")).strip("`"),
        "steps": rows[-1]["step"],
        "hours": round((time.monotonic() - began) / 3600, 2),
        "started_from": FLAGS.start_from,
        "training": {
            "data": f"{len(photographs)} photographs of {sets}, each at scales {scales}",
            "held_out": len(held_out),
            "batch": FLAGS.batch,
            "side": SIDE,
            "learning_rate": FLAGS.learning_rate,
            "decay": FLAGS.decay,
            "seed": FLAGS.seed,
            "policy": "mixed_bfloat16",
        },
        "results": {
            "validation_psnr": {
                name.removeprefix("psnr_"): value
                for name, value in rows[-1].items()
                if name.startswith("psnr_")
            }
        },
    }
    curve = (folder / "curve.csv").read_text(encoding="utf-8")
    presets.save(network, folder / "preset", metadata, curve, rest_of="amp_net_any_ratio")


if __name__ == "__main__":
    cli.run(main)
