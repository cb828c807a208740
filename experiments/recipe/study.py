"""Compares training settings, one change at a time, at equal time of training.

    python -m experiments.recipe.study --cs_ratio=10 --data_dir=../shared/data

Every variant trains on T91 for as many steps as fit into the time of the base's, by what its step costs on
this machine (measured first, into `costs.json`), and is then measured in float32 on blocks of BSDS500's
training photographs. Results are added to `results.csv` as they come; what is there is not run again.
"""

import csv
import itertools
import json
import time
from pathlib import Path

import numpy as np
from absl import flags

from amp_net import commands, files
from amp_net.training_config import TrainingConfig
from experiments import markdown
from experiments.recipe.variants import NEIGHBOUR, VARIANTS, settle

FOLDER = Path(__file__).parent
VALIDATION_BLOCKS = 2048

FLAGS = flags.FLAGS
flags.DEFINE_float("cs_ratio", 10, "CS ratio in percent.")
flags.DEFINE_integer("base_steps", 256, "Steps of the base; each variant trains for the time they take.")
flags.DEFINE_list("variants", list(VARIANTS), "Which variants, with commas.")
flags.DEFINE_string("data_dir", None, "Folder of the original image files, instead of the network.")


def make(config, stages=9):
    """A new network for a config."""
    from amp_net import AMPNet
    from amp_net.precision import fastest_policy

    start = {} if config.start == "pca" else {"sensing_start": config.start}
    policy = fastest_policy() if config.policy == "auto" else config.policy
    return AMPNet(**config.model, **start, stages=stages, dtype=policy)


def fit(model, config, extra, blocks, steps, first_step=0):
    """Trains for some steps with a schedule of that length."""
    from amp_net.optimizers import make_optimizer, make_schedule

    schedule = make_schedule(config.schedule, config.learning_rate, steps)
    optimizer = make_optimizer(config.optimizer, schedule, config.clip_norm)
    if extra.average:
        optimizer.use_ema, optimizer.ema_momentum = True, extra.average
    model.compile(optimizer=optimizer)
    batches = _batches(config, blocks, first_step)
    model.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)


def _batches(config, blocks, first_step=0):
    from amp_net.training_data import training_dataset

    return training_dataset(blocks, config.batch_size, config.seed, first_step, config.augment, config.padded)


def _timed_steps(config, extra, blocks, stages):
    """Yields the seconds of one step after another, once three have warmed up."""
    model = make(config, stages)
    fit(model, config, extra, blocks, 3)
    batches = iter(_batches(config, blocks))
    step = model.make_train_function() or model.train_function
    while True:
        started = time.perf_counter()
        float(step(batches)["loss"])
        yield time.perf_counter() - started


def cost_of_step(settings, stages, base, blocks, steps=12):
    """What a step costs, in steps of the base: by the medians of steps taken in turn.

    Args:
        settings, base: a config and an extra, as from `settle`.
        stages: of the variant; the base has nine.
        blocks: uint8 blocks to train on.
    """
    if settings == base and stages == 9:
        return 1.0
    turns = zip(_timed_steps(*settings, blocks, stages), _timed_steps(*base, blocks, 9), strict=True)
    own, others = zip(*itertools.islice(turns, steps), strict=True)
    return float(np.median(own) / np.median(others))


def run(config, extra, costs, budget, training, validation):
    """Trains a variant for its share of steps and measures it.

    Args:
        config, extra: as from `settle`.
        costs: what a step costs, by the number of stages.
        budget: what all steps together may cost.
        training: uint8 blocks to train on.
        validation: float blocks in [0, 1] to measure on.

    Returns:
        The number of steps, and the PSNR in dB over all validation blocks.
    """
    import keras

    from amp_net import AMPNet
    from amp_net.principal_components import principal_components
    from amp_net.warm_start import warm_start

    keras.utils.set_random_seed(config.seed)
    growth, model, done = extra.growth or (9,), None, 0
    for stages in growth:
        source, model = model, make(config, stages)
        if source is None and extra.neighbour:
            source = AMPNet.from_preset(NEIGHBOUR)
        if source is not None:
            warm_start(model, source, training)
        if (source is None and config.start == "pca") or (extra.neighbour and not extra.neighbour_sensing):
            model.set_sensing_matrix(principal_components(training, model.measurements))
        steps = round(budget / len(growth) / costs[stages])
        fit(model, config, extra, training, steps, done)
        done += steps
    measured = AMPNet(**{**model.config, "sensing_start": "orthonormal"})
    measured.set_weights(model.get_weights())
    measured.compile()
    return done, measured.evaluate(validation, batch_size=64, verbose=0, return_dict=True)["psnr"]


def main():
    """From the flags to the table."""
    import tensorflow as tf

    from amp_net import image_sets
    from amp_net.images import to_unit
    from amp_net.training_data import crop_blocks

    tf.config.experimental.enable_op_determinism()
    cs_ratio = int(FLAGS.cs_ratio) if FLAGS.cs_ratio.is_integer() else FLAGS.cs_ratio
    unknown = [name for name in FLAGS.variants if name not in VARIANTS]
    if unknown:
        raise ValueError(f"There is no variant {unknown[0]!r}; the known ones are {', '.join(VARIANTS)}.")
    photographs = [image for _, image in image_sets.load("t91", FLAGS.data_dir)]
    training = crop_blocks(photographs, TrainingConfig.blocks, TrainingConfig.seed)
    unseen = [image for _, image in image_sets.load("bsds500_train", FLAGS.data_dir)]
    validation = to_unit(crop_blocks(unseen, VALIDATION_BLOCKS, TrainingConfig.seed))
    cost = _costs(training)
    for name in FLAGS.variants:
        row = {"cs_ratio": str(cs_ratio), "variant": name, "base_steps": str(FLAGS.base_steps)}
        if any(row.items() <= old.items() for old in _results()):
            continue
        config, extra = settle(VARIANTS[name], cs_ratio)
        costs = {int(stages): each for stages, each in cost[name].items()}
        steps, psnr = run(config, extra, costs, FLAGS.base_steps, training, validation)
        row |= {"cost": f"{costs[9]:.2f}", "steps": str(steps), "psnr": f"{psnr:.3f}"}
        _write([*_results(), row])
        print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def _costs(training):
    """What steps of the variants cost, measured where it is not in `costs.json` yet, at 25 %."""
    path = FOLDER / "costs.json"
    cost = json.loads(path.read_text()) if path.exists() else {}
    base = settle({}, 25)
    for name in FLAGS.variants:
        if name not in cost:
            settings = settle(VARIANTS[name], 25)
            stages = sorted({9, *settings[1].growth})
            cost[name] = {str(k): round(cost_of_step(settings, k, base, training), 3) for k in stages}
            files.write(path, json.dumps(cost, indent=2) + "\n")
    return cost


def _results():
    path = FOLDER / "results.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _write(rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    files.write(FOLDER / "results.csv", "\n".join(lines) + "\n")
    files.write(FOLDER / "results.md", table(rows))


def table(rows):
    """The results as Markdown, with the difference to the base of the same ratio and time."""
    heading = ("CS ratio", "variant", "what it changes", "cost of a step", "steps", "PSNR (dB)", "to base")
    lines = []
    base = {(row["cs_ratio"], row["base_steps"]): row["psnr"] for row in rows if row["variant"] == "base"}
    for row in rows:
        changes = ", ".join(f"{key}={value}" for key, value in VARIANTS[row["variant"]].items())
        difference = float(row["psnr"]) - float(base.get((row["cs_ratio"], row["base_steps"]), "nan"))
        cells = (f"{row['cs_ratio']} %", row["variant"], changes, row["cost"], row["steps"], row["psnr"])
        lines.append((*cells, f"{difference:+.3f}"))
    return markdown.table(heading, lines)


if __name__ == "__main__":
    commands.run(main)
