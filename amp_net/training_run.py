"""A training in a folder of its own, which can be stopped and started again."""

import dataclasses
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from amp_net import image_sets
from amp_net.model import AMPNet
from amp_net.optimizers import make_optimizer, make_schedule
from amp_net.principal_components import principal_components
from amp_net.run_state import RunState
from amp_net.training_data import (
    PUBLISHED_BLOCKS,
    crop_blocks,
    hold_out,
    training_dataset,
    validation_dataset,
)


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """Everything that a training's outcome depends on.

    Attributes:
        model: fields of `AMPNet`.
        start: `"pca"`, Φ starts as the principal components of the training blocks; `"orthonormal"`, or
            `"gaussian"` (the paper's).
        data: the set whose photographs are trained on; the paper's is `"t91"`.
        blocks: random crops in all, of which the held-out photographs give their share.
        held_out: photographs kept out of the training, for validation.
        steps: optimizer steps in all; the paper's is 200 epochs of 88 912 blocks, 277 850 steps.
        batch_size: blocks a step; the paper's is 64.
        optimizer: `"muon"` or `"adam"` (the paper's), see `make_optimizer`.
        learning_rate: the peak rate; the paper's is 1e-4.
        schedule: `"cosine"` or `"constant"` (the paper's), see `make_schedule`.
        clip_norm: the largest norm of a gradient; 0 for no limit (the paper's).
        augment: whether blocks are flipped and turned by quarters.
        seed: of the crops, the order, the augmentation and the start of the network.
        policy: Keras dtype policy, `"float32"` or `"mixed_bfloat16"`.
        validate_every: steps between validations, each of which also saves the state.
    """

    model: dict
    start: str = "pca"
    data: str = "t91"
    blocks: int = PUBLISHED_BLOCKS
    held_out: int = 5
    steps: int = 4000
    batch_size: int = 64
    optimizer: str = "muon"
    learning_rate: float = 4e-3
    schedule: str = "cosine"
    clip_norm: float = 0.1
    augment: bool = True
    seed: int = 1
    policy: str = "mixed_bfloat16"
    validate_every: int = 250


def train(config, folder, data_dir=None, verbose=1):
    """Trains a network; started again on the same folder it goes on as if it had not been stopped.

    The folder gets `config.json`, TensorBoard logs with pictures of validation blocks (`logs/`), the loss curve
    (`history.csv`), the state to go on from (`state/`), and the weights with the best validation PSNR
    as a preset (`best/`).

    Args:
        config: a `TrainingConfig`.
        folder: the run's folder.
        data_dir: see `image_sets.load`.
        verbose: as in Keras's `fit`.

    Returns:
        The folder of the best preset.

    Raises:
        ValueError: if a setting is out of range, the data are missing, or the folder cannot be written
            or holds a training with another config.
        FloatingPointError: if the loss is no longer finite.
    """
    folder = Path(folder)
    if config.steps < 1 or config.steps % config.validate_every:
        raise ValueError(
            f"The number of steps is {config.steps}; it must be a positive multiple of the "
            f"{config.validate_every} steps between validations."
        )
    keras.utils.set_random_seed(config.seed)
    model = AMPNet(**_model_fields(config), dtype=config.policy)
    schedule = make_schedule(config.schedule, config.learning_rate, config.steps)
    model.compile(optimizer=make_optimizer(config.optimizer, schedule, config.clip_norm))
    photographs = [image for _, image in image_sets.load(config.data, data_dir)]
    training, validation = _crops(config, photographs, model.block_size)
    _claim(folder, config)

    state = RunState(folder / "state", config.validate_every)
    state.restore(model)
    if not state.step and config.start == "pca":
        model.set_sensing_matrix(principal_components(training, model.measurements))
    callbacks = [
        _Pictures(folder / "logs", validation[:8], config.validate_every),
        _Best(folder / "best", config, state),
        state,
        _Curve(folder / "history.csv", state),
    ]
    if state.step < config.steps:
        model.fit(
            training_dataset(training, config.batch_size, config.seed, state.step, config.augment),
            steps_per_epoch=config.validate_every,
            initial_epoch=state.step // config.validate_every,
            epochs=config.steps // config.validate_every,
            validation_data=validation_dataset(validation, config.batch_size),
            callbacks=callbacks,
            shuffle=False,
            verbose=verbose,
        )
    return folder / "best"


def _model_fields(config):
    if config.start == "pca":
        return config.model
    return {**config.model, "sensing_start": config.start}


def _crops(config, photographs, block_size):
    """Training and validation blocks, shared out by the number of photographs."""
    kept, held_out = hold_out(photographs, config.held_out, config.seed)
    share = round(config.blocks * len(held_out) / (len(kept) + len(held_out)))
    if not share:
        raise ValueError("There are no blocks to validate on; hold out at least one photograph.")
    return (
        crop_blocks(kept, config.blocks - share, config.seed, block_size),
        crop_blocks(held_out, min(share, 2048), config.seed, block_size),
    )


def _claim(folder, config):
    """Makes the run's folder, or checks that the training it holds is this one."""
    record = folder / "config.json"
    wanted = dataclasses.asdict(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not record.exists():
            aside = folder / "config.json.part"
            aside.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
            os.replace(aside, record)
        found = json.loads(record.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise ValueError(f"{record} is damaged; remove it or use another folder.") from error
    different = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    if different:
        raise ValueError(
            f"{folder} holds a training with another {', '.join(different)}; repeat its command to go on "
            "with it, or use another folder."
        )


def _commit():
    """The commit of the source tree, marked where the tree has changes; None outside a clone."""
    root = Path(__file__).resolve().parent.parent
    try:
        describe = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
        return subprocess.run(describe, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


class _Pictures(keras.callbacks.TensorBoard):
    """TensorBoard's curves, and originals above reconstructions of a few validation blocks."""

    def __init__(self, log_dir, blocks, steps_per_epoch):
        super().__init__(log_dir=str(log_dir), write_graph=False)
        self.blocks = blocks.astype("float32") / 255
        self.steps_per_epoch = steps_per_epoch

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        restored = np.clip(self.model(self.blocks), 0, 1)
        rows = [np.concatenate(list(row[..., 0]), axis=1) for row in (self.blocks, restored)]
        with self._val_writer.as_default():
            tf.summary.image(
                "original above reconstruction",
                np.concatenate(rows)[np.newaxis, ..., np.newaxis],
                step=(epoch + 1) * self.steps_per_epoch,
            )


class _Best(keras.callbacks.Callback):
    """Saves a preset whenever the validation PSNR is the best so far; stops a training that diverged."""

    def __init__(self, folder, config, state):
        super().__init__()
        self.folder, self.config, self.state = folder, config, state
        # Now, since the source tree may move on while the training runs.
        self.commit = _commit()

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.monotonic() - self.started
        if not np.isfinite(logs["loss"]):
            step = (epoch + 1) * self.config.validate_every
            rate = float(self.model.optimizer.learning_rate)
            raise FloatingPointError(
                f"The loss is no longer finite at step {step} (learning rate {rate:.2g}); the state at step "
                f"{self.state.step} is kept. Start anew with a lower learning rate."
            )
        if logs["val_psnr"] > max((row["val_psnr"] for row in self.state.history), default=-np.inf):
            seconds = logs["seconds"] + sum(row["seconds"] for row in self.state.history)
            self.model.save_to_preset(
                self.folder,
                {
                    "command": shlex.join(["python", "-m", "amp_net.train", *sys.argv[1:]]),
                    "commit": self.commit,
                    "training": dataclasses.asdict(self.config),
                    "steps": (epoch + 1) * self.config.validate_every,
                    "hours": round(seconds / 3600, 3),
                    "results": {"validation_psnr": round(float(logs["val_psnr"]), 3)},
                },
            )


class _Curve(keras.callbacks.Callback):
    """Writes the history, whole, as a table."""

    def __init__(self, path, state):
        super().__init__()
        self.path, self.state = path, state

    def on_epoch_end(self, epoch, logs=None):
        names = list(self.state.history[0])
        lines = [",".join(["step", *names])]
        for index, row in enumerate(self.state.history, 1):
            lines.append(",".join([str(index * self.state.every), *(f"{row[name]:.6g}" for name in names)]))
        aside = self.path.with_suffix(".part")
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(aside, self.path)
