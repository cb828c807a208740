"""Variants of the networks, trained alike for a few hundred steps, and measured.

Nothing of it is shipped, and no setting of the shipped networks was chosen by it: it shows what single parts
and settings are worth on the way, not where long trainings end.
"""

import dataclasses
import hashlib
import json

from amp_net import files
from amp_net.training_config import TrainingConfig
from experiments.recipe.variants import settle

VALIDATION_BLOCKS = 1024
COLUMNS = ("cs_ratio", "group", "network", "variant", "settings", "steps", "set11", "validation")


@dataclasses.dataclass(frozen=True)
class Variant:
    """A network, and how it is trained.

    Attributes:
        group: what it is compared in.
        network, name: what it is called.
        cs_ratio: in percent.
        changes: fields of `AMPNet` or `TrainingConfig` that differ from their defaults.
        steps: of batches of the default size; of other sizes as many as make up the same number of blocks.
        kind: the class, by default `AMPNet`.
    """

    group: str
    network: str
    name: str
    cs_ratio: int
    changes: dict
    steps: int
    kind: type | None = None

    def key(self):
        """The cells by which its row is known again."""
        text = json.dumps([self.changes, self.kind and self.kind.__name__])
        return {
            "cs_ratio": str(self.cs_ratio),
            "group": self.group,
            "network": self.network,
            "variant": self.name,
            "settings": hashlib.sha256(text.encode()).hexdigest()[:8],
            "steps": str(self.steps),
        }


def make(config, kind=None, **fields):
    """A new network for a config; `fields` of it go before the config's."""
    from amp_net import AMPNet

    start = {} if config.start == "pca" else {"sensing_start": config.start}
    return (kind or AMPNet)(**{**config.model, **start, **fields}, dtype=config.policy)


def batches(config, blocks, first_step=0):
    """Endless training batches as a config has them."""
    from amp_net.training_data import training_dataset

    return training_dataset(blocks, config.batch_size, config.seed, first_step, config.augment, config.padded)


def fit(model, config, blocks, steps, first_step=0, average=0.0):
    """Trains for some steps with a schedule of that length, and perhaps ends with averaged weights."""
    from amp_net.optimizers import make_optimizer, make_schedule

    schedule = make_schedule(config.schedule, config.learning_rate, steps)
    optimizer = make_optimizer(config.optimizer, schedule, config.clip_norm)
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

    from amp_net.precision import fastest_policy
    from amp_net.principal_components import principal_components

    config, _ = settle(variant.changes, variant.cs_ratio)
    config = dataclasses.replace(config, policy=fastest_policy())
    keras.utils.set_random_seed(config.seed)
    model = make(config, variant.kind)
    if config.start == "pca":
        model.set_sensing_matrix(principal_components(training, model.measurements))
    fit(model, config, training, round(variant.steps * TrainingConfig.batch_size / config.batch_size))
    return in_float32(model)


def complete(variants, path, data_dir):
    """Trains and measures the variants that a CSV file lacks, and adds a row for each as it comes.

    Returns:
        The rows of all of them, in their order.
    """
    import tensorflow as tf

    from amp_net import evaluation, image_sets, images
    from amp_net.training_data import crop_blocks

    tf.config.experimental.enable_op_determinism()
    photographs = {
        name: [image for _, image in image_sets.load(name, data_dir)]
        for name in ("t91", "bsds500_train", "set11")
    }
    training = crop_blocks(photographs["t91"], TrainingConfig.blocks, TrainingConfig.seed)
    validation = images.to_unit(
        crop_blocks(photographs["bsds500_train"], VALIDATION_BLOCKS, TrainingConfig.seed)
    )
    tests = [images.to_unit(image) for image in photographs["set11"]]
    for variant in variants:
        if not _row(variant, path):
            model = train(variant, training)
            reached = (evaluation.average_psnr(model, tests), psnr_of(model, validation))
            figures = dict(zip(COLUMNS[-2:], (f"{psnr:.3f}" for psnr in reached), strict=True))
            files.write_csv(path, COLUMNS, [*files.read_csv(path), {**variant.key(), **figures}])
            print(", ".join({**variant.key(), **figures}.values()), flush=True)
    return [_row(variant, path) for variant in variants]


def _row(variant, path):
    """The row of a variant, or None."""
    key = variant.key()
    return next((row for row in files.read_csv(path) if key.items() <= row.items()), None)
