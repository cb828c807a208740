"""What a training needs to go on where it stopped."""

import hashlib
import json
import math
import os
from pathlib import Path

import keras
from absl import logging

from amp_net.storage import files

TOLERANCE = 3.0
"""dB of validation PSNR below the best so far at which a training counts as diverged."""


class RunState(keras.callbacks.Callback):
    """Writes weights, optimizer and history after each epoch of `fit`, and restores the newest good ones.

    A loss that is not finite ends the training at that step, and a validation PSNR that is `TOLERANCE` below
    the best before it at that epoch's end, with a FloatingPointError; the states stay as they were.

    The two newest states are kept, each a weights file and a JSON file with the SHA-256 of it and of its
    own content. The JSON file is written last and both are moved into place when complete, so that a state
    which is there is whole.

    Args:
        folder: where the states are kept.
        every: steps of an epoch.
        writes: whether this process writes the states, rather than another.

    Attributes:
        history: what each epoch ended with.
        first: validation PSNR in dB before the first step; the caller sets it, and states keep it.
        commits: of the source trees that it was trained with, one after the other; likewise.
    """

    def __init__(self, folder, every, writes=True):
        super().__init__()
        self.folder = Path(folder)
        self.every = every
        self.writes = writes
        self.history = []
        self.first = -math.inf
        self.commits = []
        self.weights_path = None

    @property
    def step(self):
        """Steps that the history covers."""
        return len(self.history) * self.every

    def find(self):
        """Looks for the newest state that is whole, and takes over its history; tells of others.

        Raises:
            ValueError: if there are states, but none is whole.
        """
        records = self._records()
        for record_path in reversed(records):
            try:
                record = _whole(record_path)
            except ValueError as error:
                logging.warning("%s The state before it is used.", error)
                continue
            self.history, self.first = record["history"], record["first"]
            self.commits = record["commits"]
            self.weights_path = _weights_of(record_path)
            return
        if records:
            raise ValueError(f"No state in {self.folder} is whole; remove that folder to start anew.")

    def restore(self, model):
        """Loads the state of `find` into a compiled model; without any, changes nothing."""
        if self.weights_path is None:
            self.find()
        if self.weights_path is not None:
            model.optimizer.build(model.trainable_variables)
            model.load_weights(self.weights_path)

    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            self._stop(f"is {float(logs['loss'])}", self.step + batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        best = max([self.first, *(row["val_psnr"] for row in self.history)])
        if not logs["val_psnr"] > best - TOLERANCE:
            fall = f"{best:.2f} to {logs['val_psnr']:.2f} dB"
            self._stop(f"has exploded, from a validation PSNR of {fall}", self.step + self.every)
        self.history.append({name: float(value) for name, value in logs.items()})
        if self.writes:
            self._write()

    def _write(self):
        record_path = self.folder / f"step_{self.step:08d}.json"
        files.make_folder(self.folder)
        aside = self.folder / "aside.weights.h5"
        files.save_weights(self.model, aside)
        record = {"weights_sha256": files.sha256(aside), "first": self.first, "commits": self.commits}
        record["history"] = self.history
        os.replace(aside, _weights_of(record_path))
        files.write(record_path, _sealed(record))
        self.weights_path = _weights_of(record_path)
        kept = {path.stem for path in self._records()[-2:]}
        for path in self.folder.glob("step_*"):
            if path.name.split(".")[0] not in kept:
                path.unlink()

    def _records(self):
        """The JSON files of the states, oldest first."""
        return sorted(self.folder.glob("step_*.json"))

    def _stop(self, what, step):
        kept = next((path for path in reversed(self._records()) if _is_whole(path)), None)
        rate = float(self.model.optimizer.learning_rate)
        raise FloatingPointError(
            f"The loss {what} at step {step}, at a learning rate of {rate:.2g}; the last good state is "
            f"{_weights_of(kept) if kept else 'the start'}. Train in another folder at a lower rate."
        )


def _weights_of(record_path):
    return record_path.with_suffix(".weights.h5")


def _sealed(record):
    """The text of a state's JSON file: its record, and the SHA-256 of that."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    return json.dumps({**record, "record_sha256": digest})


def _whole(record_path):
    """The record of a state, or a ValueError that names the file which is damaged or missing."""
    record = files.read_json(record_path)
    record.pop("record_sha256", None)
    # The text, since a number's last digit may be another one without its value being another.
    if files.read(record_path) != _sealed(record).encode():
        raise ValueError(f"{record_path} is damaged: its content does not have the SHA-256 that it records.")
    if hashlib.sha256(files.read(_weights_of(record_path))).hexdigest() != record["weights_sha256"]:
        raise ValueError(f"{_weights_of(record_path)} is damaged: its SHA-256 is not the recorded one.")
    return record


def _is_whole(record_path):
    try:
        return bool(_whole(record_path))
    except ValueError:
        return False
