"""A training in a folder of its own, which can be stopped and started again."""

import contextlib
import dataclasses
import io
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from amp_net.images import image_sets, quality, to_unit
from amp_net.images.blocks import BATCH
from amp_net.measurements import fingerprint
from amp_net.measurements.given_matrix import given_matrix
from amp_net.models import presets
from amp_net.models.amp_net import AMPNet
from amp_net.storage import files
from amp_net.tensorflow import distribution
from amp_net.training.callbacks import BestPreset, Curve, Pictures, commit
from amp_net.training.config import TrainingConfig
from amp_net.training.crops import crop_blocks, hold_out, training_dataset, validation_dataset
from amp_net.training.optimizers import make_optimizer, make_schedule
from amp_net.training.precision import fastest_policy
from amp_net.training.principal_components import principal_components
from amp_net.training.run_state import RunState
from amp_net.training.warm_start import warm_start


def train(config: TrainingConfig, folder, data_dir=None, command=None, verbose=1, strategy=None):
    """Trains a network; started again on the same folder it goes on as if it had not been stopped.

    The folder gets `config.json`, TensorBoard logs with pictures of validation blocks (`logs/`), the loss
    curve (`history.csv`), a given sensing matrix as it is used (`phi.npy`), the state to go on from
    (`state/`), and the weights with the best validation PSNR as a preset (`best/`).

    Args:
        config: a `TrainingConfig`.
        folder: the run's folder.
        data_dir: see `image_sets.load`.
        command: what to record as the command that made the weights.
        verbose: as in Keras's `fit`.
        strategy: see `make_strategy`; None for this process alone. Of several processes, which all see the
            folder, the chief writes.

    Returns:
        The folder of the best preset.

    Raises:
        ValueError: if a setting is out of range, the data are missing, the folder cannot be written
            or holds a training with another config, another process trains in it, or another worker is lost
            or does not see the folder.
        FloatingPointError: if the loss diverges.
    """
    strategy = strategy or tf.distribute.get_strategy()
    with distribution.telling_of_lost_workers(strategy), contextlib.ExitStack() as held:
        return _train(config, Path(folder), data_dir, command, verbose, strategy, held)


def _train(config, folder, data_dir, command, verbose, strategy, held):
    given = None
    if config.phi is not None:
        given = given_matrix(config.phi, config.phi_variable, config.orthonormalize)
        config = dataclasses.replace(config, phi_sha256=fingerprint(given))
    origin = None
    if config.start_from is not None:
        origin = presets.load_metadata(config.start_from)
        config = dataclasses.replace(config, start_sha256=origin.get("weights_sha256"))
    if config.held_out_seed is None:
        former = (origin or {}).get("training", {})
        seed = former.get("held_out_seed", former.get("seed", config.seed))
        config = dataclasses.replace(config, held_out_seed=seed)
    recorded = _recorded(folder)
    if config.policy == "auto":
        config = dataclasses.replace(config, policy=recorded.get("policy", fastest_policy()))
    replicas, chief = strategy.num_replicas_in_sync, distribution.is_chief(strategy)
    keras.utils.set_random_seed(config.seed)
    with strategy.scope():
        model = AMPNet(**config.network_fields(), dtype=config.policy)
        schedule = make_schedule(config.schedule, config.learning_rate, config.steps)
        model.compile(optimizer=make_optimizer(config.optimizer, schedule, config.clip_norm))
    distribution.check_share(config.batch_size, replicas, model.config["symmetry_fraction"])
    photographs = [image for _, image in image_sets.load(config.data, data_dir)]
    training, validation = _crops(config, photographs, model.block_size)
    _check_folder(folder, recorded, config)
    state = RunState(folder / "state", config.validate_every, writes=chief)
    with strategy.scope():
        state.find()
        if replicas > 1:
            distribution.check_agreement(strategy, state.step, config)
        model.optimizer.build(model.trainable_variables)
        state.restore(model)
        if not state.step:
            _start(model, config, training, given)
            state.first = _psnr(model, validation[:512])
    # Now, since the source tree may move on while the training runs.
    state.commits = list(dict.fromkeys([*state.commits, commit()]))
    batches = training_dataset(
        training, config.batch_size, config.seed, state.step, config.augment, config.padded
    )
    if chief:
        held.enter_context(files.taken(folder))
        files.write(folder / "config.json", json.dumps(dataclasses.asdict(config), indent=2) + "\n")
        if given is not None:
            buffer = io.BytesIO()
            np.save(buffer, given)
            files.write(folder / "phi.npy", buffer.getvalue())
    curve = Curve(folder / "history.csv", state)
    writers = [
        Pictures(folder / "logs", validation[:8], config.validate_every),
        BestPreset(folder / "best", config, state, command, origin),
        state,
        curve,
    ]
    course = {
        "steps_per_epoch": config.validate_every,
        "initial_epoch": state.step // config.validate_every,
        "epochs": config.steps // config.validate_every,
        "validation_data": validation_dataset(validation, config.batch_size),
        "callbacks": writers if chief else [state],
        "verbose": verbose if chief else 0,
    }
    if state.step < config.steps:
        if replicas > 1:
            distribution.fit(model, batches, **course)
        else:
            model.fit(batches, shuffle=False, **course)
    elif chief:
        # In case it was stopped between the last state and this.
        curve.write()
    return folder / "best"


def _psnr(model, blocks):
    """PSNR in dB of blocks of uint8."""
    batches = validation_dataset(blocks, BATCH)
    restored = np.concatenate([model(batch) for batch in batches])
    return quality.psnr(to_unit(blocks), restored)


def _start(model, config, training, given):
    if config.start_from is not None:
        warm_start(model, AMPNet.from_preset(config.start_from), training, given)
    elif given is not None:
        model.set_sensing_matrix(given)
    elif config.start == "pca":
        model.set_sensing_matrix(principal_components(training, model.measurements))


def _crops(config, photographs, block_size):
    """Training and validation blocks, shared out by the number of photographs."""
    kept, held_out = hold_out(photographs, config.held_out, config.held_out_seed)
    share = round(config.blocks * len(held_out) / (len(kept) + len(held_out)))
    if not share:
        raise ValueError(
            f"Of {config.blocks} blocks none is left to validate on; hold out a photograph or more, or take "
            "more blocks."
        )
    return (
        crop_blocks(kept, config.blocks - share, config.seed, block_size),
        crop_blocks(held_out, min(share, 2048), config.seed, block_size),
    )


def _recorded(folder):
    """The config of the training that a folder holds; empty if there is none."""
    record = folder / "config.json"
    if not record.exists():
        return {}
    try:
        return files.read_json(record)
    except ValueError as error:
        raise ValueError(f"{error} Put it back as it was, or use another folder.") from error


def _check_folder(folder, recorded, config):
    """Sees that the training which the folder holds, if any, is this one."""
    if not recorded and any((folder / "state").glob("*")):
        raise ValueError(
            f"{folder} holds the states of a training, but no config.json, which says of which; put it back, "
            "or use another folder."
        )
    wanted = dataclasses.asdict(config)
    different = sorted(key for key in {*recorded, *wanted} if recorded.get(key) != wanted.get(key))
    if recorded and different:
        raise ValueError(
            f"{folder} holds a training with another {', '.join(different)}; repeat its command to go on "
            "with it, or use another folder."
        )
