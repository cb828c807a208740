"""TensorFlow's datasets of training and validation blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amp_net import backends
from amp_net.images import to_unit
from amp_net.training.data.draws import Draws, drawn

if TYPE_CHECKING:
    import tensorflow as tf

AHEAD = 2
"""Batches that are made ready while a step runs."""


def training_dataset(
    blocks: np.ndarray,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    augment: bool = False,
    padded: float = 0.0,
) -> tf.data.Dataset:
    """`batches_from` for what `Draws` takes; endless shuffled batches.

    Args:
        blocks: uint8 `(count, block_size, block_size, 1)`.
        first_step: how many batches have been seen already.
        batch_size, seed, augment, padded: see `Draws`.

    Raises:
        ValueError: if a batch is larger than the number of blocks.
    """
    draws = Draws(len(blocks), blocks.shape[1], batch_size, seed, augment, padded)
    return batches_from(blocks, draws, first_step)


def batches_from(
    blocks: np.ndarray, draws: Draws, first_step: int, on_device: bool = False
) -> tf.data.Dataset:
    """The batches of a training from a step on, under TensorFlow; the seed and the step alone decide on them.

    So a training that starts again at `first_step` sees what it would have seen.

    Args:
        blocks: uint8 `(count, block_size, block_size, 1)`.
        draws: `Draws` of these.
        first_step: how many batches have been seen already.
        on_device: whether batches go to the GPU ahead of their step, where there is one; not for a strategy.

    Returns:
        An endless `tf.data.Dataset` of float32 `(batch_size, block_size, block_size, 1)` in [0, 1].
    """
    import tensorflow as tf

    shapes = [(draws.batch_size,), (draws.batch_size,), (draws.batch_size, 2)]
    with tf.device("CPU"):
        stored = tf.constant(blocks)

    def load(step: Any) -> Any:
        found = tf.numpy_function(draws.of_step, [step], [tf.int32] * len(shapes), stateful=False)
        return drawn(stored, *map(tf.ensure_shape, found, shapes))

    steps = tf.data.Dataset.range(first_step, np.iinfo("int64").max)
    batches = _without_autotuning(steps.map(load, num_parallel_calls=AHEAD).prefetch(AHEAD))
    if on_device and backends.on_accelerator():
        return batches.apply(tf.data.experimental.prefetch_to_device("GPU:0", AHEAD))
    return batches


def validation_dataset(blocks: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """The blocks once, in order, as float32 batches in [0, 1], under TensorFlow."""
    import tensorflow as tf

    return _without_autotuning(tf.data.Dataset.from_tensor_slices(to_unit(blocks)).batch(batch_size))


def _without_autotuning(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The dataset, whose iterators end at once.

    The thread that tunes an iterator wakes after 10, 20, 40 … milliseconds, and in TensorFlow 2.21 the
    iterator's end can wait for it: an epoch of a minute, and its validation, for up to another each.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
