"""The course of a training: so many seconds, in which the rate rises, stays and falls."""

import json
import time

import numpy as np

from amp_net.storage import texts

STEPS = 50
"""Between two looks at the clock."""


def train(training, folder, seconds, rate, decay=0.35, warmup=200, validate_every=60.0, say=print):
    """Trains for so many seconds, compilation counted in.

    After a warm-up the rate is constant; for the last part of the time it falls to zero in a straight line.
    Written are `trunk.npz` (weights before the fall, from which a later training can go on), `final.npz`
    and `curve.csv`.

    Args:
        training: a `Training` of `any_ratio` or `any_phi`.
        folder: where to write.
        seconds: in all.
        rate: the peak learning rate.
        decay: the last part's share.
        warmup: steps.
        validate_every: seconds.
        say: called with lines of text.
    """
    started, rows, step = time.monotonic(), [], 0

    def passed():
        return time.monotonic() - started

    def note(loss, norm, rate):
        psnr = training.psnr()
        if not np.isfinite(loss):
            raise FloatingPointError(f"The loss is {loss} at step {step}.")
        rows.append(
            {"step": step, "seconds": round(passed(), 1), "rate": rate, "loss": loss, "norm": norm}
            | {f"psnr_{ratio}": round(value, 4) for ratio, value in psnr.items()}
        )
        say(json.dumps(rows[-1]))
        texts.write_csv(folder / "curve.csv", list(rows[0]), rows)

    def phase(name, parts):
        """Trains on with each part's rates, and writes the weights, now and then and when it ends."""
        nonlocal step, noted, busy
        for rates in parts:
            before = passed()
            loss, norm = training.steps(rates)
            step += len(rates)
            busy += passed() - before
            if passed() - noted > validate_every:
                noted = passed()
                note(loss, norm, rates[-1])
                save(folder / name, training.model, training.weights)
        if rows[-1]["step"] < step:
            note(loss, norm, rates[-1])
        save(folder / name, training.model, training.weights)

    def constant():
        while not step or passed() < seconds * (1 - decay):
            yield rate * np.minimum(1, (step + 1 + np.arange(STEPS)) / warmup)

    def falling(parts):
        yield from rate * (1 - np.arange(parts * STEPS).reshape(parts, STEPS) / (parts * STEPS))

    training.steps(np.full(STEPS, 0.0))
    training.psnr()
    say(f"compiled after {passed():.0f} s")
    noted, busy = passed(), 0.0
    note(0.0, 0.0, 0.0)
    phase("trunk.npz", constant())
    pace = busy / step
    left = max(1, int((seconds - passed() - 3) / pace / STEPS))
    say(f"{step} steps at {pace * 1000:.2f} ms; {left * STEPS} more while the rate falls")
    phase("final.npz", falling(left))
    return rows


def save(path, model, weights):
    """Weights by name, as float32 `.npz`."""
    names = map(_name, model.trainable_variables)
    np.savez(path, **{name: np.asarray(weight) for name, weight in zip(names, weights, strict=True)})


def load(path, model):
    """Fills a model with the weights of `save`."""
    with np.load(path) as stored:
        for variable in model.trainable_variables:
            variable.assign(stored[_name(variable)])


def _name(variable):
    """Where in its model a variable is: Keras numbers the models of a process."""
    return variable.path.partition("/")[2]
