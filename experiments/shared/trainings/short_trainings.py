"""Variants of the networks, trained alike for a few hundred steps, and measured.

Nothing of it is shipped, and no setting of the shipped networks was chosen by it: it shows what single parts
and settings are worth on the way, not where long trainings end.
"""

import dataclasses
import json

from amp_net import evaluation, images
from amp_net.storage import texts
from amp_net.training.config import TrainingConfig
from amp_net.training.data.principal_components import principal_components

VALIDATION_BLOCKS = 1024
MEASURED = {"set11": "Set11", "validation": "BSDS500"}
"""Where each is measured: the column of the CSV file, and what pages call it."""
COLUMNS = ("cs_ratio", "network", "changes", "steps", *MEASURED)
ATTENTION = {
    "a_Q": "initialization_attention",
    "a_s": "spatial_attention",
    "a_c": "channel_attention",
}
"""Fields of `AMPNet` by what the paper calls the attention."""
BN_MOMENTUM = 0.9
"""Of real batch normalisation here; what is usual would remember the start for all of so short a training."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """A network, and how it is trained.

    Attributes:
        cs_ratio: in percent.
        changes: fields of `AMPNet` or `TrainingConfig` that differ from their defaults.
        steps: of batches of the default size; of other sizes as many as make up the same number of blocks.
        kind: the class, by default `AMPNet`.
    """

    cs_ratio: int
    changes: dict
    steps: int
    kind: type | None = None

    def key(self):
        """The cells by which its row is known again."""
        return {
            "cs_ratio": str(self.cs_ratio),
            "network": self.kind.__name__ if self.kind else "AMPNet",
            "changes": json.dumps(self.changes, sort_keys=True),
            "steps": str(self.steps),
        }


def config_of(changes, cs_ratio):
    """The `TrainingConfig` in which these fields, of it or of `AMPNet`, differ from their defaults."""
    settings = {field.name for field in dataclasses.fields(TrainingConfig)}
    network = {key: value for key, value in changes.items() if key not in settings}
    own = {key: value for key, value in changes.items() if key in settings}
    return TrainingConfig(model={"cs_ratio": cs_ratio, **network}, **own)


def on_this_machine(config):
    """A config with the policy that `"auto"` stands for here."""
    from amp_net.training.steps.precision import fastest_policy

    return dataclasses.replace(config, policy=config.policy.replace("auto", fastest_policy()))


def make(config, kind=None, **fields):
    """A new network for a config; `fields` of it go before the config's."""
    from amp_net import AMPNet

    return (kind or AMPNet)(**{**config.network_fields(), **fields}, dtype=config.policy)


def shorten_memory(model):
    """Gives the model's real batch normalisation, if it has any, the momentum `BN_MOMENTUM`."""
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BN_MOMENTUM


def batches(config, blocks, first_step=0):
    """Endless training batches as a config has them."""
    from amp_net.training.data.batches import training_dataset

    return training_dataset(blocks, config.batch_size, config.seed, first_step, config.augment, config.padded)


def optimizer_for(config, steps):
    """The optimizer that a config names, with its schedule of so many steps."""
    from amp_net.training.steps.optimizers import make_optimizer, make_schedule

    schedule = make_schedule(config.schedule, config.learning_rate, steps)
    return make_optimizer(config.optimizer, schedule, config.clip_norm)


def fit(model, config, blocks, steps, first_step=0, average=0.0):
    """Trains for some steps with a schedule of that length, and perhaps ends with averaged weights."""
    optimizer = optimizer_for(config, steps)
    if average:
        optimizer.use_ema, optimizer.ema_momentum = True, average
    model.compile(optimizer=optimizer)
    model.fit(batches(config, blocks, first_step), steps_per_epoch=steps, shuffle=False, verbose=0)


def in_float32(model):
    """The same network with its feature maps in float32, as it is measured."""
    measured = type(model)(**{**model.config, "sensing_start": "orthonormal"})
    measured.set_weights(model.get_weights())
    measured.compile()
    return measured


def psnr_of(model, validation):
    """PSNR in dB over all pixels of blocks, floats in [0, 1]."""
    return model.evaluate(validation, batch_size=64, verbose=0, return_dict=True)["psnr"]


def train(variant, training):
    """The network of a variant, trained on uint8 blocks."""
    import keras

    config = on_this_machine(config_of(variant.changes, variant.cs_ratio))
    keras.utils.set_random_seed(config.seed)
    model = make(config, variant.kind)
    shorten_memory(model)
    if config.start == "pca":
        model.set_sensing_matrix(principal_components(training, model.measurements))
    fit(model, config, training, round(variant.steps * TrainingConfig.batch_size / config.batch_size))
    return in_float32(model)


def training_blocks(data_dir):
    """What is trained on: uint8 blocks of T91."""
    return _crops("t91", TrainingConfig.blocks, data_dir)


def blocks_for(count, data_dir):
    """What is trained on, and so many blocks to validate on, floats, of bsds500_train."""

    return training_blocks(data_dir), images.to_unit(_crops("bsds500_train", count, data_dir))


def complete(variants, path, data_dir):
    """Trains and measures the variants that a CSV file lacks, and adds a row for each as it comes."""
    import tensorflow as tf

    from amp_net.photographs import image_sets

    if all(row_of(variant, path) for variant in variants):
        return
    tf.config.experimental.enable_op_determinism()
    training, validation = blocks_for(VALIDATION_BLOCKS, data_dir)
    tests = [images.to_unit(image) for _, image in image_sets.load("set11", data_dir)]
    for variant in variants:
        if row_of(variant, path) is None:
            model = train(variant, training)
            reached = {
                "set11": f"{evaluation.average_psnr(model, tests):.3f}",
                "validation": f"{psnr_of(model, validation):.3f}",
            }
            texts.write_csv(path, COLUMNS, [*texts.read_csv(path), {**variant.key(), **reached}])
            print(", ".join({**variant.key(), **reached}.values()), flush=True)


def row_of(variant, path):
    """The row of a variant in a CSV file, or None."""
    key = variant.key()
    return next((row for row in texts.read_csv(path) if key.items() <= row.items()), None)


def rows_of(named, path):
    """The rows of variants, by the variants' names."""
    return {name: row_of(variant, path) for name, variant in named.items()}


def _crops(dataset, count, data_dir):
    from amp_net.photographs import image_sets
    from amp_net.training.data.crops import crop_blocks

    photographs = [image for _, image in image_sets.load(dataset, data_dir)]
    return crop_blocks(photographs, count, TrainingConfig.seed)
