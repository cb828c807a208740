"""A short job for a machine with a GPU and JAX: `python -m experiments.accelerator --output_dir=out`.

See README.md beside this file.
"""

import json
import os
import shlex
import sys
import time
import traceback
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

from absl import app, flags

PARTS = ("values", "speed", "train")
FURTHER = ("rivals",)
"""Only by name."""

FLAGS = flags.FLAGS
flags.DEFINE_multi_enum(
    "part", [], PARTS + FURTHER, f"What to do; repeat for several. Without it {', '.join(PARTS)}."
)
flags.DEFINE_string("output_dir", None, "Where the results go.", required=True)
flags.DEFINE_string("photographs", None, "Folder of the photographs to train on.")
flags.DEFINE_string("held_out", None, "Folder of the photographs to validate on, all of one size.")
flags.DEFINE_float("minutes", 8, "Minutes for the training, compilation counted in.", lower_bound=0)
flags.DEFINE_string(
    "start_from", None, "Weights (.npz) or a preset (name or folder) to go on from; without them anew."
)
flags.DEFINE_enum("network", "any_ratio", ["any_ratio", "any_phi"], "Which network to train.")
flags.DEFINE_boolean("binary", False, "Whether all entries of Φ are ±1/33; that of a binary preset is.")
flags.DEFINE_float("learning_rate", 1e-3, "Peak learning rate.", lower_bound=0)
flags.DEFINE_float("decay", 0.6, "Share of the training in which the rate falls.", 0, 1)
flags.DEFINE_integer("batch", 16, "Windows a step.", lower_bound=1)
flags.DEFINE_integer("side", 132, "Side of a window in pixels.", lower_bound=33)
flags.DEFINE_integer("stages", 10, "Stages of the network for all ratios.", lower_bound=1)
flags.DEFINE_integer("channels", 64, "Its feature maps.", lower_bound=1)
flags.DEFINE_integer("blocks", 3, "Residual blocks of a stage.", lower_bound=1)
flags.DEFINE_float("minutes_each", 0.1, "Minutes for each of the `rivals`.", lower_bound=0)
flags.DEFINE_integer("seed", 1, "Seed of everything random.")


def say(text):
    """Prints a line with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:.0f} s] {text}", flush=True)


def write(name, rows):
    """Writes what there is so far as JSON."""
    (Path(FLAGS.output_dir) / name).write_text(json.dumps(rows, indent=1) + "\n")


def smoke():
    """Sees that a small network computes here at all."""
    import jax
    import keras
    import numpy as np

    from amp_net.models.any_ratio import AnyRatioAMPNet

    say(f"{jax.devices()[0].device_kind}, JAX {jax.__version__}, Keras {keras.__version__}")
    network = AnyRatioAMPNet(stages=2, channels=8, blocks=1)
    restored = network(np.full((1, 66, 66, 1), 0.5, "float32"), np.array([100]))
    if not np.isfinite(np.asarray(restored)).all():
        raise FloatingPointError("A small network's result is not finite.")


def values():
    """Writes `values.json`: how far values and gradients are from the golden ones."""
    import jax

    from experiments.accelerator.values import compare

    with jax.default_matmul_precision("highest"):
        rows = compare()
    for row in rows:
        say(json.dumps(row))
    write("values.json", rows)


def speed():
    """Writes `speed.json`, a row after each measurement."""
    import jax

    from experiments.accelerator.speed import rows

    done = []
    for row in rows():
        done.append({"device": jax.devices()[0].device_kind, **row})
        say(json.dumps(done[-1]))
        write("speed.json", done)


def of_any_ratio():
    """The training of the network for all ratios."""
    from amp_net.models.any_ratio import AnyRatioAMPNet
    from experiments.accelerator import any_ratio, course
    from experiments.accelerator.windows import Windows, whole
    from experiments.shared.trainings.photographs import read_folder

    windows = Windows(list(read_folder(Path(FLAGS.photographs)).values()), FLAGS.side)
    if FLAGS.start_from and not FLAGS.start_from.endswith(".npz"):
        network = any_ratio.from_preset(FLAGS.start_from, FLAGS.binary)
    else:
        fields = {"binary": FLAGS.binary, "dtype": "mixed_bfloat16"}
        network = AnyRatioAMPNet(FLAGS.stages, FLAGS.channels, FLAGS.blocks, **fields)
        if FLAGS.start_from:
            course.load(FLAGS.start_from, network)
        else:
            rows = any_ratio.components_of(windows, network.block_size, network.measurements)
            network.sensing.kernel.assign(rows.T)
    held_out = whole(list(read_folder(Path(FLAGS.held_out)).values()))
    return any_ratio.Training(network, windows, held_out, FLAGS.batch, seed=FLAGS.seed)


def of_any_phi():
    """The training of the network for any Φ, which starts from a preset if no weights are given."""
    import jax

    from amp_net.models.any_phi import PRESET, AnyPhiAMPNet
    from experiments.accelerator import any_phi, course
    from experiments.recipe.any_phi.training import start
    from experiments.shared.trainings.photographs import read_folder

    # Of Φ, whose rows are orthonormal to float32; the CNNs compute in bfloat16.
    jax.config.update("jax_default_matmul_precision", "highest")
    if FLAGS.start_from and FLAGS.start_from.endswith(".npz"):
        network = AnyPhiAMPNet(FLAGS.stages, FLAGS.channels, FLAGS.blocks, dtype="mixed_bfloat16")
        course.load(FLAGS.start_from, network)
    else:
        network = start(FLAGS.start_from or PRESET)
    photographs, held_out = (
        list(read_folder(Path(folder)).values()) for folder in (FLAGS.photographs, FLAGS.held_out)
    )
    return any_phi.Training(network, photographs, held_out, seed=FLAGS.seed)


def train():
    """Trains a network; writes what `course.train` does, and the folder `preset`."""
    import keras

    from experiments.accelerator import course

    keras.utils.set_random_seed(FLAGS.seed)
    began = time.monotonic()
    training = {"any_ratio": of_any_ratio, "any_phi": of_any_phi}[FLAGS.network]()
    network = training.model
    say(f"{network.count_params()} parameters")
    seconds = 60 * FLAGS.minutes - (time.monotonic() - began)
    rows = course.train(training, Path(FLAGS.output_dir), seconds, FLAGS.learning_rate, FLAGS.decay, say=say)
    for variable, weight in zip(network.trainable_variables, training.weights, strict=True):
        variable.assign(weight)
    psnr = {name[5:]: value for name, value in rows[-1].items() if name.startswith("psnr_")}
    metadata = {
        "network": type(network).__name__,
        "command": shlex.join(["python", "-m", "experiments.accelerator", *sys.argv[1:]]),
        "steps": rows[-1]["step"],
        "hours": round((time.monotonic() - began) / 3600, 3),
        "started_from": FLAGS.start_from,
        "results": {"validation_psnr": psnr},
    }
    network.save_to_preset(Path(FLAGS.output_dir) / "preset", metadata)


def rivals():
    """Trains the networks that the paper compares with; writes what `packed_rivals.Packs` does."""
    import jax
    import keras

    from experiments.accelerator.rivals import train_all
    from experiments.peers.rival_trainings import Data
    from experiments.shared.trainings.photographs import read_folder

    keras.utils.set_random_seed(FLAGS.seed)
    training, held_out = (
        list(read_folder(Path(folder)).values()) for folder in (FLAGS.photographs, FLAGS.held_out)
    )
    facts = {
        "command": shlex.join(["python", "-m", "experiments.accelerator", *sys.argv[1:]]),
        "device": jax.devices()[0].device_kind,
    }
    train_all(FLAGS.output_dir, Data(training, held_out), FLAGS.minutes, FLAGS.minutes_each, facts, say)


def main(_):
    """Does each part; one that fails does not keep the others from being done."""
    Path(FLAGS.output_dir).mkdir(parents=True, exist_ok=True)
    smoke()
    failed = False
    for name in FLAGS.part or PARTS:
        say(name)
        try:
            {"values": values, "speed": speed, "train": train, "rivals": rivals}[name]()
        except Exception:
            traceback.print_exc()
            failed = True
    return int(failed)


STARTED = time.monotonic()

if __name__ == "__main__":
    app.run(main)
