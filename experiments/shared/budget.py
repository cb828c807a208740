"""A training that takes so many minutes, in all, however often it is stopped and started again."""

import json
import math
import time
from pathlib import Path

import keras
import numpy as np

from amp_net.storage import texts, weight_files
from amp_net.storage.disk import files, folders

WEIGHTS, STATE = "state.weights.h5", "state.json"
WARMUP = 0.02
"""Share of the time in which the rate rises."""
EVERY = 60.0
"""Seconds between states."""
STEPS = 100
"""For which the loss is averaged."""


def course(share):
    """The learning rate as a part of its peak, after a share of the time: a rise, then half a cosine.

    >>> course(0.02), round(course(0.51), 2), round(course(1.0), 2)
    (1.0, 0.5, 0.0)
    """
    if share < WARMUP:
        return max(share, WARMUP / 50) / WARMUP
    return 0.5 * (1 + math.cos(math.pi * min(1, (share - WARMUP) / (1 - WARMUP))))


class Budget(keras.callbacks.Callback):
    """Follows `course` through a training, keeps its state, and ends it when its time is over.

    Args:
        folder: of the state.
        settings: what the training depends on, as JSON; a state of others is not gone on from.
        minutes: in all.
        rate: the peak learning rate.

    Attributes:
        seconds, steps: of training so far.
        curve: dicts of `step`, `minutes` and `loss`.
    """

    def __init__(self, folder, settings, minutes, rate):
        super().__init__()
        self.folder, self.settings, self.total, self.rate = Path(folder), settings, 60 * minutes, rate
        self.seconds, self.steps, self.curve = 0.0, 0, []
        self.saved = 0.0

    def resume(self, model):
        """Goes on from the state that is there, if it is of these settings; the model is compiled."""
        if not (self.folder / STATE).is_file():
            return
        state = texts.read_json(self.folder / STATE)
        if state.get("settings") != self.settings:
            return
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self.folder / WEIGHTS)
        self.seconds, self.steps, self.curve = state["seconds"], state["steps"], state["curve"]
        self.saved = self.seconds

    def on_train_begin(self, logs=None):
        self.last = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate.assign(self.rate * course(self.seconds / self.total))

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self.seconds, self.last, self.steps = self.seconds + now - self.last, now, self.steps + 1
        if self.seconds >= self.total:
            self.model.stop_training = True
        elif self.seconds - self.saved > EVERY:
            self.save()
            self.last = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        loss = float(logs["loss"])
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"The loss is {loss} after {self.steps} steps; the state of a minute ago is in {self.folder}."
            )
        self.curve.append({"step": self.steps, "minutes": round(self.seconds / 60, 2), "loss": f"{loss:.6g}"})

    def save(self):
        """Writes the state, all or nothing."""
        state = {"settings": self.settings, "seconds": self.seconds, "steps": self.steps, "curve": self.curve}
        with folders.replacing_folder(self.folder, (WEIGHTS, STATE)) as aside:
            weight_files.save(self.model, aside / WEIGHTS)
            files.write(aside / STATE, json.dumps(state))
        self.saved = self.seconds

    def remove(self):
        """Removes the state, which is not needed when the result is there."""
        for name in (WEIGHTS, STATE):
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.is_dir():
            self.folder.rmdir()


def train(model, batches, budget):
    """Trains a compiled model on endless batches until its `Budget` is used up.

    Args:
        model: the model.
        batches: a function of the number of batches that have been seen, which gives those that follow.
        budget: a `Budget`.
    """
    budget.resume(model)
    if budget.seconds < budget.total:
        model.fit(
            batches(budget.steps),
            steps_per_epoch=STEPS,
            epochs=2**31 - 1,
            shuffle=False,
            verbose=0,
            callbacks=[budget],
        )
