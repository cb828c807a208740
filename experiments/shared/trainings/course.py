"""A training of so many minutes, in which the rate rises, stays and falls."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from amp_net.storage import texts

WARMUP = 100
"""Steps."""


def train(
    network: Any,
    optimizer: Any,
    step: Callable[[], Any],
    validate: Callable[[], dict[str, float]],
    folder: Path,
    minutes: float,
    decay: float,
    validate_every: float,
    clock: Callable[[], float] = time.monotonic,
) -> list[dict[str, float]]:
    """Trains a network; `curve.csv` and `state.npz`, its weights, are written at every validation.

    The rate rises for `WARMUP` steps to that of the optimizer, and in the end falls to zero in a straight
    line.

    Args:
        network: a Keras model.
        optimizer: of its weights.
        step: takes a training step and gives the loss.
        validate: gives PSNR in dB by name.
        folder: where to write.
        minutes: in all.
        decay: share of the minutes in which the rate falls.
        validate_every: minutes between validations.
        clock: gives seconds; `time.process_time` counts those of the cores, whatever else they do.

    Returns:
        The rows of `curve.csv`.

    Raises:
        ValueError: if the loss is not finite.
    """
    rate, began, rows, losses = float(optimizer.learning_rate), clock(), [], []
    noted = -np.inf if np.isfinite(validate_every) else 0.0

    def passed():
        return (clock() - began) / 60

    def note():
        psnr = {name: round(value, 3) for name, value in validate().items()}
        loss = float(np.mean(losses[-200:])) if losses else 0.0
        rows.append({"step": len(losses), "minutes": round(passed(), 1), "loss": round(loss, 4), **psnr})
        texts.write_csv(folder / "curve.csv", list(rows[0]), rows)
        np.savez(folder / "state.npz", *network.get_weights())
        print(rows[-1], flush=True)

    while passed() < minutes:
        if passed() - noted > validate_every:
            note()
            noted = passed()
        left = max(0.0, 1 - passed() / minutes)
        optimizer.learning_rate.assign(rate * min(1, left / max(decay, 1e-6), (len(losses) + 1) / WARMUP))
        loss = float(step())
        if not np.isfinite(loss):
            raise ValueError(f"The loss is {loss} at step {len(losses)}; state.npz is the last good state.")
        losses.append(loss)
    note()
    return rows
