"""What a training needs to go on where it stopped."""

import collections
import hashlib
import json
import math
import time
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
from absl import logging

from amp_net import backends
from amp_net.storage import file_sizes, texts, weight_files
from amp_net.storage.disk import files
from amp_net.storage.printable import printable
from amp_net.training import state_file

TOLERANCE = 3.0
"""dB of validation PSNR below the best so far at which a training counts as diverged."""


class RunState(keras.callbacks.Callback):
    """Writes weights, optimizer and history after each epoch of `fit`, and restores the newest good ones.

    A loss that is not finite ends the training before the next step, and a validation PSNR that is
    `TOLERANCE` below the best before it at that epoch's end, with a FloatingPointError that names the step;
    the states stay as they were. Once `stop` was called, the training ends after the step in progress with a
    KeyboardInterrupt, and a state of this step is there.

    The two newest states are kept, each a file of `state_file` and a JSON file with the SHA-256 of it and of
    its own content. The JSON file is written last and both are moved into place when complete, so that a
    state which is there is whole.

    On a GPU, Keras calls `on_train_batch_end` in a thread of its own, so that the next steps are launched
    without waiting for the loss of this one; a loss that is not finite is then noticed some steps later.

    >>> state = RunState("runs/mine/state", every=50)
    >>> state.find(), state.step
    (None, 0)

    Args:
        folder: where the states are kept.
        every: steps of an epoch.
        writes: whether this process writes the states, rather than another.

    Attributes:
        history: what each epoch ended with.
        within: steps of the epoch that has begun.
        first: validation PSNR in dB before the first step; the caller sets it, and states keep it.
        commits: of the source trees that it was trained with, one after the other; likewise.
    """

    def __init__(self, folder: str | Path, every: int, writes: bool = True) -> None:
        super().__init__()
        # Keras's name for a callback that may lag behind.
        self.async_safe = backends.on_accelerator()
        self.folder = Path(folder)
        self.every = every
        self.writes = writes
        self.history: list[dict[str, float]] = []
        self.within = 0
        self.first = -math.inf
        self.commits: list[str] = []
        self.found: Path | None = None
        self._metrics: dict[str, np.ndarray] = {}
        self._losses: collections.deque[tuple[int, np.ndarray]] = collections.deque()
        self._stopping = False
        self._spent = 0.0
        self._began = time.monotonic()

    @property
    def step(self) -> int:
        """Steps that were made."""
        return len(self.history) * self.every + self.within

    @property
    def seconds(self) -> float:
        """How long the epoch has taken so far, also in processes before this one."""
        return self._spent + time.monotonic() - self._began

    def find(self) -> None:
        """Looks for the newest state that is whole, and loads its history; warns of damaged ones.

        Raises:
            ValueError: if there are states, but none is whole, or they are of an earlier version.
        """
        records = self._records()
        for record_path in reversed(records):
            try:
                record = _whole(record_path)
            except ValueError as error:
                logging.warning("%s The state before it is used.", printable(error))
                continue
            if "step" not in record:
                raise ValueError(
                    f"{record_path} is a state of amp_net 0.1, which drew its blocks otherwise; finish the "
                    "training there, or begin in another folder, with --start_from this one's best preset."
                )
            self.history, self.first = record["history"], record["first"]
            self.within = record["step"] - len(self.history) * self.every
            self.commits, self._spent = record["commits"], record["seconds"]
            self.found = _weights_of(record_path)
            return
        if records:
            raise ValueError(f"No state in {self.folder} is whole; remove that folder to start anew.")

    def restore(self, model: Any) -> None:
        """Loads the state of `find` into a compiled model; without any, changes nothing."""
        if self.found is None:
            self.find()
        if self.found is not None:
            model.optimizer.build(model.trainable_variables)
            weight_files.check(self.found, file_sizes.STATE)
            self._metrics = state_file.loads(model, files.read(self.found, file_sizes.STATE), self.found)

    def stop(self) -> None:
        """Asks the training to end after the step in progress."""
        self._stopping = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.monotonic()
        self._begun_at = self.step
        if self._metrics:
            state_file.set_metrics(self.model, self._metrics)
            self._metrics = {}

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.within = self._begun_at + batch - len(self.history) * self.every
        self._check_losses()
        if self._stopping:
            self._interrupt()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Of each step since the last call, where a dispatch makes several.
        losses = np.ravel(logs.pop("losses", logs["loss"]))
        self._losses.append((self._begun_at + batch + 1, losses))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._check_losses()
        best = max([self.first, *(row["val_psnr"] for row in self.history)])
        ended = (len(self.history) + 1) * self.every
        if not logs["val_psnr"] > best - TOLERANCE:
            fall = f"{best:.2f} to {logs['val_psnr']:.2f} dB"
            self._fail(f"has exploded, from a validation PSNR of {fall}", ended)
        self.history.append({name: float(value) for name, value in logs.items()})
        self.within, self._spent = 0, 0.0
        if self.writes:
            self._write()

    def _check_losses(self) -> None:
        """Looks at the losses that have arrived.

        `fit` reports the mean over an epoch, which stays what it is once a loss was not finite.
        """
        arrived = [self._losses.popleft() for _ in range(len(self._losses))]
        for last, losses in sorted(arrived, key=lambda each: each[0]):
            for place in np.flatnonzero(~np.isfinite(losses)):
                self._fail(f"is {float(losses[place])}", last - len(losses) + 1 + int(place))

    def _interrupt(self) -> NoReturn:
        """Ends the training with a state of now."""
        if self.within:
            loss = float(self.model.get_metrics_result()["loss"])
            if not math.isfinite(loss):
                self._fail(f"is {loss}", self.step)
            self._write()
        raise KeyboardInterrupt(f"Stopped at step {self.step}; the same command goes on from there.")

    def _write(self) -> None:
        """Writes a state of now, if this process is the one that does."""
        record_path = self.folder / f"step_{self.step:08d}.json"
        # In every process, since of several they read the metrics together.
        content = state_file.dumps(self.model, metrics=self.within > 0)
        if not self.writes:
            return
        record = {
            "step": self.step,
            "weights_sha256": hashlib.sha256(content).hexdigest(),
            "first": self.first,
            "commits": self.commits,
            "seconds": self.seconds if self.within else 0.0,
            "history": self.history,
        }
        files.write(_weights_of(record_path), content)
        files.write(record_path, _sealed(record))
        kept = {path.stem for path in self._records()[-2:]}
        for path in self.folder.glob("step_*"):
            if path.name.split(".")[0] not in kept:
                path.unlink()

    def _records(self) -> list[Path]:
        """The JSON files of the states, oldest first."""
        return sorted(self.folder.glob("step_*.json"))

    def _fail(self, what: str, step: int) -> NoReturn:
        kept = next((path for path in reversed(self._records()) if _is_whole(path)), None)
        rate = float(self.model.optimizer.learning_rate)
        raise FloatingPointError(
            f"The loss {what} at step {step}, at a learning rate of {rate:.2g}; the last good state is "
            f"{_weights_of(kept) if kept else 'the start'}. Train in another folder at a lower rate."
        )


def _weights_of(record_path: Path) -> Path:
    return record_path.with_suffix(".weights.h5")


def _sealed(record: dict[str, Any]) -> str:
    """The text of a state's JSON file: its record, and the SHA-256 of that."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    return json.dumps({**record, "record_sha256": digest})


def _whole(record_path: Path) -> dict[str, Any]:
    """The record of a state, or a ValueError that names the file which is damaged or missing."""
    record = texts.read_json(record_path)
    record.pop("record_sha256", None)
    # The text, since a number's last digit may be another one without its value being another.
    if files.read(record_path, file_sizes.TEXT) != _sealed(record).encode():
        raise ValueError(f"{record_path} is damaged: its content does not have the SHA-256 that it records.")
    if "step" in record and not _is_record(record):
        raise ValueError(f"{record_path} is damaged: its content is none of a state.")
    if files.sha256(_weights_of(record_path), file_sizes.STATE) != record.get("weights_sha256"):
        raise ValueError(f"{_weights_of(record_path)} is damaged: its SHA-256 is not the recorded one.")
    return record


def _is_record(record: dict[str, Any]) -> bool:
    """Whether a record has what `RunState._write` writes."""
    history, numbers = record.get("history"), [record.get(name) for name in ("first", "seconds")]
    return (
        isinstance(record["step"], int)
        and record["step"] >= 0
        and isinstance(history, list)
        and all(isinstance(row, dict) and {*history[0]} == {*row} >= {"val_psnr"} for row in history)
        and all(isinstance(value, float) for row in history for value in row.values())
        and all(isinstance(number, int | float) for number in numbers)
        and isinstance(record.get("commits"), list)
        and all(isinstance(commit, str) for commit in record["commits"])
    )


def _is_whole(record_path: Path) -> bool:
    try:
        return bool(_whole(record_path))
    except ValueError:
        return False
