"""A training in a folder of its own, which can be stopped and started again."""

import contextlib
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from amp_net.images import blocks, quality, to_unit
from amp_net.models.amp_net import AMPNet
from amp_net.photographs import image_sets
from amp_net.photographs.own_photographs import GivenPhotographs, OwnPhotographs
from amp_net.storage.disk import files, locks
from amp_net.training import signals
from amp_net.training.callbacks import BestPreset, Curve, Pictures, commit
from amp_net.training.config import TrainingConfig
from amp_net.training.data.crops import crop_blocks, hold_out
from amp_net.training.data.draws import Draws
from amp_net.training.data.own import grey_planes, own_of
from amp_net.training.data.principal_components import principal_components
from amp_net.training.run_state import RunState
from amp_net.training.settled import MANIFEST_FILE, Settled, settle
from amp_net.training.steps.devices import OneDevice, Parts, devices_of
from amp_net.training.steps.fitting import Course
from amp_net.training.steps.optimizers import make_optimizer, make_schedule
from amp_net.training.warm_start import warm_start

MOST_VALIDATED = 2048
"""Blocks that a validation is of, at most."""


def train(
    config: TrainingConfig,
    folder: str | Path,
    data_dir: str | Path | None = None,
    command: str | None = None,
    verbose: int = 1,
    strategy: Any = None,
    photographs: Iterable[Any] | None = None,
) -> Path:
    """Trains a network; started again on the same folder it goes on as if it had not been stopped.

    The folder gets `config.json`, TensorBoard logs with pictures of validation blocks (`logs/`), the loss
    curve (`history.csv`), a given sensing matrix as it is used (`phi.npy`), the SHA-256 of each photograph
    of one's own (`photographs.json`), the state to go on from (`state/`), and the weights with the best
    validation PSNR as a preset (`best/`).

    At SIGTERM or Ctrl-C the step in progress ends, its state is written, and a KeyboardInterrupt is raised.
    Of several processes all end so, after the same step, when one of them is asked to. A run goes on under
    another backend than the one it began with, to the same weights within rounding.

    Args:
        config: a `TrainingConfig`. Of a run that is there, only `steps` may be another, and higher.
        folder: the run's folder.
        data_dir: see `image_sets.load`.
        command: what to record as the command that made the weights.
        verbose: as in Keras's `fit`.
        strategy: under TensorFlow, see `make_strategy`; None for this process alone. Of several processes,
            which all see the folder, the chief writes.
        photographs: to train on instead of the config's `data`: an array `(count, height, width)` or
            `(count, height, width, 1 or 3)`, a list of images, or a `tf.data.Dataset` of images; uint8,
            uint16, floats in [0, 1], or other numbers with the config's `data_range`.

    Returns:
        The folder of the best preset.

    Raises:
        ValueError: if a setting is out of range, the data are missing, the folder cannot be written or holds
            a training with another config or of other photographs, another process trains in it, or another
            worker is lost or does not see the folder.
        FloatingPointError: if the loss diverges.
    """
    folder, devices = Path(folder), devices_of(strategy)
    with devices.explaining_failures(), contextlib.ExitStack() as held:
        own = own_of(config.data, config.data_range, photographs)
        settled = settle(config, folder, own)
        parts = _make(settled.config, devices, data_dir, own)
        state = _restore(settled, folder, devices, parts)
        if devices.chief:
            held.enter_context(locks.locked(folder))
            _write_settings(settled, folder, own)
        _fit(settled, folder, devices, parts, state, command, verbose)
    return folder / "best"


def _make(
    config: TrainingConfig,
    devices: OneDevice,
    data_dir: str | Path | None,
    own: OwnPhotographs | GivenPhotographs | None,
) -> Parts:
    """The model, compiled, and what it is trained on."""
    keras.utils.set_random_seed(config.seed)
    with devices.scope():
        model = AMPNet(**config.network_fields(), dtype=config.policy)
        schedule = make_schedule(
            config.schedule, config.learning_rate, config.steps, former_steps=config.former_steps or ()
        )
        model.compile(optimizer=make_optimizer(config.optimizer, schedule, config.clip_norm))
    if own is None:
        photographs = [image for _, image in image_sets.load(config.data, data_dir)]
    else:
        photographs = grey_planes(own, model.block_size)
    training, validation = _crops(config, photographs, model.block_size)
    sampling = (config.batch_size, config.seed, config.augment, config.padded)
    draws = Draws(len(training), model.block_size, *sampling)
    return Parts(model, training, validation, draws)


def _restore(settled: Settled, folder: Path, devices: OneDevice, parts: Parts) -> RunState:
    """The state to go on from, loaded into the model; without any, the model's start."""
    model = parts.model
    state = RunState(folder / "state", settled.config.validate_every, writes=devices.chief)
    with devices.scope():
        state.find()
        devices.check(settled.config, model, state.step)
        model.optimizer.build(model.trainable_variables)
        state.restore(model)
        if not state.step:
            _start(model, settled.config, parts.training, settled.given)
            state.first = _psnr(model, parts.validation[:512])
    # Now, since the source tree may move on while the training runs.
    state.commits = list(dict.fromkeys([*state.commits, commit()]))
    return state


def _write_settings(settled: Settled, folder: Path, own: OwnPhotographs | GivenPhotographs | None) -> None:
    files.write(folder / "config.json", json.dumps(dataclasses.asdict(settled.config), indent=2) + "\n")
    if settled.given is not None:
        buffer = io.BytesIO()
        np.save(buffer, settled.given)
        files.write(folder / "phi.npy", buffer.getvalue())
    if own is not None:
        files.write(folder / MANIFEST_FILE, json.dumps({own.name: own.manifest}, indent=1) + "\n")


def _fit(
    settled: Settled,
    folder: Path,
    devices: OneDevice,
    parts: Parts,
    state: RunState,
    command: str | None,
    verbose: int,
) -> None:
    """The steps that are left, with all that is written meanwhile."""
    config, curve = settled.config, Curve(folder / "history.csv", state)
    if state.step >= config.steps:
        if devices.chief:
            # In case it was stopped between the last state and this.
            curve.write()
        return
    writers = [
        Pictures(folder / "logs", parts.validation[:8], config.validate_every),
        BestPreset(folder / "best", config, state, command, settled.origin),
        state,
        curve,
    ]
    course = Course(
        first=state.step,
        steps=config.steps,
        every=config.validate_every,
        callbacks=writers if devices.chief else [state],
        verbose=verbose if devices.chief else 0,
    )
    with signals.calling(devices.when_asked(state.stop)):
        devices.fit(parts, course)


def _psnr(model: Any, held_out: np.ndarray) -> float:
    """PSNR in dB of blocks of uint8."""
    values = to_unit(held_out)
    return quality.psnr(values, blocks.through(model, values))


def _start(model: Any, config: TrainingConfig, training: np.ndarray, given: np.ndarray | None) -> None:
    if config.start_from is not None:
        warm_start(model, AMPNet.from_preset(config.start_from), training, given)
    elif given is not None:
        model.set_sensing_matrix(given)
    elif config.start == "pca":
        model.set_sensing_matrix(principal_components(training, model.measurements))


def _crops(
    config: TrainingConfig, photographs: Sequence[np.ndarray], block_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation blocks, shared out by the number of photographs."""
    assert config.held_out_seed is not None, "settle fills it in"
    kept, held_out = hold_out(photographs, config.held_out, config.held_out_seed)
    if not config.held_out:
        training = crop_blocks(kept, config.blocks, config.seed, block_size)
        return training, training[:MOST_VALIDATED]
    share = round(config.blocks * len(held_out) / (len(kept) + len(held_out)))
    if not share:
        raise ValueError(
            f"Of {config.blocks} blocks none is left to validate on; hold out a photograph or more, or take "
            "more blocks."
        )
    return (
        crop_blocks(kept, config.blocks - share, config.seed, block_size),
        crop_blocks(held_out, min(share, MOST_VALIDATED), config.seed, block_size),
    )
