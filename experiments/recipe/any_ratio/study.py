"""A variant trained for so many seconds of the cores and measured, and the page of all."""

import tempfile
import time
from pathlib import Path

import numpy as np

from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from experiments.recipe.any_ratio.variants import VARIANTS
from experiments.shared.markdown import table
from experiments.shared.result_files import RESULTS
from experiments.shared.whole import check_whole

FILE = RESULTS / "recipe" / "any_ratio.csv"
MEASURED = tuple(f"psnr_{ratio}" for ratio in PUBLISHED_MEASUREMENTS)
COLUMNS = ("variant", "seconds", "steps", "parameters", "loss", *MEASURED)
RATE, DECAY, SEED = 1e-3, 0.6, 1


def measure(name, seconds, folder):
    """The row of a variant, trained on photographs in this folder's folders."""
    import keras

    from amp_net.models.any_ratio import AnyRatioAMPNet
    from amp_net.training.steps.optimizers import make_optimizer
    from experiments.recipe.binary_phi.patterns import moment_of
    from experiments.recipe.binary_phi.training import make_step, make_validation
    from experiments.shared.trainings.course import train
    from experiments.shared.trainings.photographs import (
        SCALES,
        at_scales,
        held_out_names,
        random_window,
        read_apart,
    )

    keras.utils.set_random_seed(SEED)
    variant, random = VARIANTS[name], np.random.default_rng(SEED)
    photographs, _ = read_apart([folder / each for each in variant.folders], held_out_names())
    _, held_out = read_apart([folder / each for each in ("bsds500_train", "bsds500_test")], held_out_names())
    scaled = at_scales(photographs, SCALES)
    network = AnyRatioAMPNet(**variant.fields, dtype="mixed_bfloat16")
    _, vectors = np.linalg.eigh(moment_of(photographs[:100], network.block_size))
    network.sensing.kernel.assign(vectors[:, ::-1][:, : network.measurements])
    network.sensing.trainable = variant.learned
    optimizer = make_optimizer("muon", RATE, 1.0)
    optimizer.build(network.trainable_variables)

    def draw():
        return np.stack([random_window(scaled, variant.side, random) for _ in range(variant.batch)])[
            ..., None
        ]

    step = make_step(network, draw, optimizer, network.trainable_variables, variant.error)
    # Tracing and compiling belong to the machine, not to the variant.
    weights = network.get_weights()
    step()
    network.set_weights(weights)
    with tempfile.TemporaryDirectory() as place:
        validate = make_validation(network, held_out[::3])
        *_, last = train(
            network, optimizer, step, validate, Path(place), seconds / 60, DECAY, np.inf, time.process_time
        )
    reached = {column: f"{last[column]:.3f}" for column in MEASURED}
    made = {"steps": last["step"], "parameters": network.count_params(), "loss": f"{last['loss']:.4f}"}
    return {"variant": name, "seconds": f"{seconds:g}", **made, **reached}


def page(rows):
    """Rows of the CSV file as a Markdown table: a line a variant, the best mean first."""

    def mean(row):
        return np.mean([float(row[column]) for column in MEASURED])

    check_whole([(name,) for name in VARIANTS], {(row["variant"],) for row in rows}, FILE.name)
    heading = ("", "steps", "parameters", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS), "mean")
    lines = [
        (
            row["variant"],
            row["steps"],
            f"{int(row['parameters']):,}",
            *(f"{float(row[column]):.2f}" for column in MEASURED),
            f"{mean(row):.2f}",
        )
        for row in sorted(rows, key=mean, reverse=True)
    ]
    return table(heading, lines)
