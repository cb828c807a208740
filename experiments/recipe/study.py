"""Compares training settings, one change at a time, at equal time of training.

    python -m experiments.recipe.study --cs_ratio=10 --data_dir=FOLDER

Every variant trains on T91 for as many steps as fit into the time of the base's, by what its step costs on
this machine (measured where the change can matter to it), and is then measured in float32 on blocks of
BSDS500's training photographs. Results are added to `experiments/results/recipe/study.csv` as they come; what
is there of the same kind of machine is not run again.
"""

import dataclasses
import hashlib
import itertools
import json
import math
import time

import numpy as np
from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.storage import texts
from amp_net.storage.disk import files
from amp_net.training.data.principal_components import principal_components
from experiments.recipe.variants import COSTLESS, NEIGHBOUR, VARIANTS, settle
from experiments.shared import markdown
from experiments.shared.result_files import RESULTS
from experiments.shared.timing import machine
from experiments.shared.trainings.short_trainings import (
    batches,
    blocks_for,
    fit,
    in_float32,
    make,
    on_this_machine,
    psnr_of,
)

FILE = RESULTS / "recipe" / "study.csv"
VALIDATION_BLOCKS = 2048
TIMED_STEPS = 12

FLAGS = flags.FLAGS
flags.DEFINE_float("cs_ratio", 10, "CS ratio in percent.")
flags.DEFINE_integer("base_steps", 256, "Steps of the base; each variant trains for the time they take.")
flags.DEFINE_list("variants", list(VARIANTS), "Which variants, with commas.")
flags.adopt_module_key_flags(data_flag)


def settings_of(variant, cs_ratio):
    """The config and the extra of a variant on this machine."""
    config, extra = settle(VARIANTS[variant], cs_ratio)
    return on_this_machine(config), extra


def fingerprint(config, extra):
    """Eight digits that stand for all settings of a variant, so that other ones are not taken for them."""
    text = json.dumps([dataclasses.asdict(config), dataclasses.asdict(extra)])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def timed_steps(config, extra, blocks, stages=9):
    """Yields the seconds of one step after another, once three have warmed up."""
    model = make(config, stages=stages)
    fit(model, config, blocks, 3, average=extra.average)
    turns = iter(batches(config, blocks))
    step = model.make_train_function() or model.train_function
    while True:
        started = time.perf_counter()
        float(step(turns)["loss"])
        yield time.perf_counter() - started


def costs(variant, settings, base_seconds, blocks):
    """What a step of a variant costs, in steps of the base taken in turn with it: a dict by number of stages.

    Args:
        variant: its name.
        settings: its config and extra.
        base_seconds: an iterator over seconds of the base's steps, as `timed_steps` gives them.
        blocks: uint8 blocks to train on.
    """
    if COSTLESS.issuperset(VARIANTS[variant]):
        return {9: 1.0}
    cost = {}
    for stages in {9, *settings[1].growth}:
        turns = zip(timed_steps(*settings, blocks, stages=stages), base_seconds, strict=True)
        own, base = zip(*itertools.islice(turns, TIMED_STEPS), strict=True)
        cost[stages] = float(np.median(own) / np.median(base))
    return cost


def run(config, extra, cost, budget, training, validation):
    """Trains a variant for its share of steps and measures it.

    Args:
        config, extra: as from `settle`.
        cost: of a step, by the number of stages.
        budget: what all steps together may cost.
        training: uint8 blocks to train on.
        validation: float blocks in [0, 1] to measure on.

    Returns:
        The number of steps, and the PSNR in dB over all validation blocks.
    """
    import keras

    from amp_net import AMPNet
    from amp_net.training.warm_start import warm_start

    keras.utils.set_random_seed(config.seed)
    growth, model, done = extra.growth or (9,), None, 0
    for stages in growth:
        source, model = model, make(config, stages=stages)
        if source is None and extra.neighbour:
            source = AMPNet.from_preset(NEIGHBOUR)
        if source is not None:
            warm_start(model, source, training)
        if (source is None and config.start == "pca") or (extra.neighbour and not extra.neighbour_sensing):
            model.set_sensing_matrix(principal_components(training, model.measurements))
        steps = round(budget / len(growth) / cost[stages])
        fit(model, config, training, steps, done, extra.average)
        done += steps
    return done, psnr_of(in_float32(model), validation)


def main():
    """From the flags to the table."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    cs_ratio = int(FLAGS.cs_ratio) if FLAGS.cs_ratio.is_integer() else FLAGS.cs_ratio
    unknown = [name for name in FLAGS.variants if name not in VARIANTS]
    if unknown:
        raise ValueError(f"There is no variant {unknown[0]!r}; the known ones are {', '.join(VARIANTS)}.")
    training, validation = blocks_for(VALIDATION_BLOCKS, FLAGS.data_dir)
    base = settings_of("base", cs_ratio)
    base_seconds = timed_steps(*base, training)
    for name in FLAGS.variants:
        settings = settings_of(name, cs_ratio)
        place = {
            "machine": machine(),
            "cs_ratio": str(cs_ratio),
            "base_steps": str(FLAGS.base_steps),
            "variant": name,
        }
        key = {**place, "settings": fingerprint(*settings)}
        if any(key.items() <= old.items() for old in texts.read_csv(FILE)) or _is_void(name, settings, base):
            continue
        cost = costs(name, settings, base_seconds, training)
        steps, psnr = run(*settings, cost, FLAGS.base_steps, training, validation)
        row = {**key, "cost": f"{cost[9]:.2f}", "steps": str(steps), "psnr": f"{psnr:.3f}"}
        # Read anew, since the training took minutes.
        others = [old for old in texts.read_csv(FILE) if not place.items() <= old.items()]
        _write([*others, row])
        print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def _is_void(name, settings, base):
    """Whether a variant is the base under another name, or starts from what was trained for its own ratio."""
    own = f"amp_net_cs{settings[0].model['cs_ratio']}"
    return (settings == base and name != "base") or (settings[1].neighbour and own == NEIGHBOUR)


def _write(rows):
    texts.write_csv(FILE, rows[0], rows)
    files.write(FILE.with_suffix(".md"), tables(rows))


def tables(rows):
    """The results as Markdown: a table for each machine, ratio and number of steps, best variants first."""
    heading = ("variant", "what it changes", "cost of a step", "steps", "PSNR (dB)", "to base")
    groups = {}
    for row in rows:
        groups.setdefault((row["machine"], row["cs_ratio"], row["base_steps"]), []).append(row)
    pages = []
    for (where, ratio, steps), group in groups.items():
        base = next((float(row["psnr"]) for row in group if row["variant"] == "base"), float("nan"))
        lines = []
        for row in sorted(group, key=_rank):
            changes = ", ".join(f"{key}={value}" for key, value in VARIANTS[row["variant"]].items())
            cells = (row["variant"], changes, row["cost"], row["steps"], row["psnr"])
            lines.append((*cells, f"{float(row['psnr']) - base:+.3f}"))
        pages.append(
            f"{ratio} %, the time of {steps} steps of the base, {where}:\n\n{markdown.table(heading, lines)}"
        )
    return "\n".join(pages)


def _rank(row):
    psnr = float(row["psnr"])
    return math.inf if math.isnan(psnr) else -psnr


if __name__ == "__main__":
    cli.run(main)
