"""A training in a folder of its own, which can be stopped and started again."""

import dataclasses
import json
from pathlib import Path

import keras

from amp_net import files, image_sets
from amp_net.model import AMPNet
from amp_net.optimizers import make_optimizer, make_schedule
from amp_net.principal_components import principal_components
from amp_net.run_state import RunState
from amp_net.training_callbacks import BestPreset, Curve, Pictures
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
    learning_rate: float = 2.5e-3
    schedule: str = "cosine"
    clip_norm: float = 0.1
    augment: bool = True
    seed: int = 1
    policy: str = "mixed_bfloat16"
    validate_every: int = 250


def train(config, folder, data_dir=None, verbose=1):
    """Trains a network; started again on the same folder it goes on as if it had not been stopped.

    The folder gets `config.json`, TensorBoard logs with pictures of validation blocks (`logs/`), the loss
    curve (`history.csv`), the state to go on from (`state/`), and the weights with the best validation
    PSNR as a preset (`best/`).

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
        FloatingPointError: if the loss diverges twice in a row.
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
        Pictures(folder / "logs", validation[:8], config.validate_every),
        BestPreset(folder / "best", config, state),
        state,
        Curve(folder / "history.csv", state),
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
        if not record.exists():
            files.write(record, json.dumps(wanted, indent=2) + "\n")
        found = json.loads(record.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{record} cannot be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{record} is damaged; remove it or use another folder.") from error
    different = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    if different:
        raise ValueError(
            f"{folder} holds a training with another {', '.join(different)}; repeat its command to go on "
            "with it, or use another folder."
        )
