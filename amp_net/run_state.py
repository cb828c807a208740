"""What a training needs to go on where it stopped."""

import json
import math
import os
from pathlib import Path

import keras
from absl import logging

from amp_net import files

TOLERANCE = 3.0
"""dB of validation PSNR below the best so far at which a training counts as diverged."""


class RunState(keras.callbacks.Callback):
    """Writes weights, optimizer and history after each epoch of `fit`, and restores the newest good ones.

    An epoch in which the loss diverged is undone, and the training goes on from the state before it with
    other blocks; two such epochs in a row stop it.

    The two newest states are kept, each a weights file and a JSON file with its SHA-256. The JSON file is
    written last and both are moved into place when complete, so that a state which is there is whole.

    Args:
        folder: where the states are kept.
        every: steps of an epoch.
        writes: whether this process writes the states, rather than another.
    """

    def __init__(self, folder, every, writes=True):
        super().__init__()
        self.folder = Path(folder)
        self.every = every
        self.writes = writes
        self.history = []

    @property
    def step(self):
        """Steps that the history covers."""
        return len(self.history) * self.every

    def find(self):
        """Looks for the newest state that is whole, and takes over its history.

        Returns:
            Its weights file, or None without any state.

        Raises:
            ValueError: if there are states, but none is whole.
        """
        records = self._records()
        for record_path in reversed(records):
            weights_path = _weights_of(record_path)
            try:
                record, digest = files.read_json(record_path), files.sha256(weights_path)
            except (OSError, ValueError):
                continue
            if digest == record.get("weights_sha256"):
                self.history = record["history"]
                return weights_path
        if records:
            raise ValueError(f"No state in {self.folder} is whole; remove that folder to start anew.")
        return None

    def restore(self, model):
        """Loads the state of `find` into a compiled model; without any, changes nothing."""
        weights_path = self.find()
        if weights_path is not None:
            model.optimizer.build(model.trainable_variables)
            model.load_weights(weights_path)

    def on_epoch_end(self, epoch, logs=None):
        self.history.append({name: float(value) for name, value in logs.items()})
        if self._diverged(-1):
            self._undo()
        if self.writes:
            self._write()

    def _write(self):
        record_path = self.folder / f"step_{self.step:08d}.json"
        files.make_folder(self.folder)
        aside = self.folder / "aside.weights.h5"
        files.save_weights(self.model, aside)
        digest = files.sha256(aside)
        os.replace(aside, _weights_of(record_path))
        files.write(record_path, json.dumps({"weights_sha256": digest, "history": self.history}))
        for old in self._records()[:-2]:
            old.unlink()
            _weights_of(old).unlink(missing_ok=True)

    def _records(self):
        """The JSON files of the states, oldest first."""
        return sorted(self.folder.glob("step_*.json"))

    def _diverged(self, index):
        """Whether an epoch ended not finite, or `TOLERANCE` below the best validation PSNR before it."""
        row, before = self.history[index], self.history[:index]
        best = max((earlier["val_psnr"] for earlier in before), default=-math.inf)
        return not (math.isfinite(row["loss"]) and row["val_psnr"] > best - TOLERANCE)

    def _undo(self):
        """Takes back the last epoch's weights, but not its place in the data and the schedule."""
        kept = self._records()
        if not kept or self._diverged(-2):
            rate = float(self.model.optimizer.learning_rate)
            raise FloatingPointError(
                f"The loss diverged before step {self.step} at a learning rate of {rate:.2g}; the last good "
                f"state is {_weights_of(kept[-1]) if kept else 'the start'}. Start anew with a lower rate."
            )
        self.model.load_weights(_weights_of(kept[-1]))
        self.model.optimizer.iterations.assign(self.step)
        logging.warning("The loss diverged before step %d; %s goes on.", self.step, kept[-1].stem)


def _weights_of(record_path):
    return record_path.with_suffix(".weights.h5")
