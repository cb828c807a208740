"""Training blocks: seeded crops of photographs, as a `tf.data.Dataset` that can start at any step."""

import math
import os

import numpy as np
import tensorflow as tf

from amp_net.images import luminance, to_unit

AHEAD = 2
"""Batches that are made ready while a step runs."""


def hold_out(photographs, count, seed):
    """Parts photographs into those to train on and those to validate on, by a seed.

    A photograph that is there twice counts once, so that no validation image is also trained on.

    Args:
        photographs: uint8 images.
        count: how many to hold out.
        seed: int.

    Returns:
        The list to train on, and the list of `count` held-out ones.

    Raises:
        ValueError: if nothing would be left to train on.
    """
    distinct = list({(image.shape, image.tobytes()): image for image in photographs}.values())
    if not 0 <= count < len(distinct):
        raise ValueError(f"Of {len(distinct)} distinct photographs {count} cannot be held out.")
    order = np.random.default_rng(seed).permutation(len(distinct))
    return [distinct[i] for i in order[count:]], [distinct[i] for i in order[:count]]


def crop_blocks(photographs, count, seed, block_size=33):
    """Random crops of the photographs' luminance; every position of every photograph is equally likely.

    Args:
        photographs: uint8 images, `(height, width)` or `(height, width, 3)` in RGB.
        count: how many crops.
        seed: int; the same seed gives the same crops.
        block_size: side of a crop in pixels.

    Returns:
        uint8 `(count, block_size, block_size, 1)`.

    Raises:
        ValueError: if a photograph is of another type or shape, none is as large as a block, all blocks are
            of one grey level, or they do not fit into the memory.
    """
    for image in photographs:
        if image.dtype != np.uint8 or image.shape[2:] not in ((), (3,)) or image.ndim < 2:
            raise ValueError(
                f"A photograph is {image.dtype} of shape {image.shape}; give uint8, (height, width) or "
                "(height, width, 3)."
            )
    planes = [luminance(image) for image in photographs if min(image.shape[:2]) >= block_size]
    if not planes:
        raise ValueError(f"None of the {len(photographs)} photographs holds a block of side {block_size}.")
    if count * block_size**2 > _memory() / 2:
        raise ValueError(
            f"{count} blocks of {block_size}×{block_size} pixels do not fit into the memory; take fewer."
        )
    rng = np.random.default_rng(seed)
    windows = [np.lib.stride_tricks.sliding_window_view(plane, (block_size, block_size)) for plane in planes]
    positions = np.array([window.shape[0] * window.shape[1] for window in windows])
    chosen = rng.choice(len(windows), count, p=positions / positions.sum())
    blocks = np.empty((count, block_size, block_size, 1), "uint8")
    for index, window in enumerate(chosen):
        rows, columns = windows[window].shape[:2]
        blocks[index, ..., 0] = windows[window][rng.integers(rows), rng.integers(columns)]
    if count and blocks.min() == blocks.max():
        raise ValueError(
            f"All blocks are of the one grey level {blocks.min()}; nothing is learned from them."
        )
    return blocks


def _memory():
    """Bytes of memory of this machine, infinite where it does not say so."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


def training_dataset(blocks, batch_size, seed, first_step=0, augment=False, padded=0.0):
    """Endless shuffled batches; which blocks a step sees depends on the seed and the step alone.

    So a training that starts again at `first_step` sees what it would have seen.

    Args:
        blocks: uint8 `(count, block_size, block_size, 1)`.
        batch_size: blocks in a batch.
        seed: int, of the shuffling (anew for each pass) and the augmentation.
        first_step: how many batches have been seen already.
        augment: whether blocks are flipped and turned by quarters at random.
        padded: share of the blocks whose right columns, from a random one on, are zeros, and of those whose
            lower rows are, as in the last blocks of an image.

    Returns:
        A dataset of float32 `(batch_size, block_size, block_size, 1)` in [0, 1].

    Raises:
        ValueError: if a batch is larger than the number of blocks.
    """
    count = len(blocks)
    if not 0 < batch_size <= count:
        raise ValueError(
            f"The batch size is {batch_size}; it must be from 1 to the {count} blocks there are."
        )
    stored = tf.constant(blocks)

    def load(position):
        epoch = position // count
        index = tf.random.experimental.index_shuffle(
            position % count, [tf.constant(seed, tf.int64), epoch], count - 1
        )
        block = tf.cast(tf.gather(stored, index), tf.float32) / 255.0
        if augment:
            draw = tf.random.stateless_uniform([2], [tf.constant(seed, tf.int64), position], 0, 4, tf.int32)
            block = tf.image.rot90(block, draw[0])
            block = tf.cond(draw[1] < 2, lambda: block, lambda: block[:, ::-1])
        if padded:
            # No position is negative, so that these draws have nothing to do with those above.
            block *= _window(blocks.shape[1], padded, [tf.constant(seed, tf.int64), -1 - position])
        return tf.ensure_shape(block, blocks.shape[1:])

    positions = tf.data.Dataset.range(first_step * batch_size, np.iinfo("int64").max)
    dataset = positions.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return _without_autotuning(dataset.batch(batch_size, drop_remainder=True).prefetch(AHEAD))


def _window(size, share, seed):
    """Ones at the upper left, as many rows and columns as a padded block holds of its image."""
    chosen, place = tf.unstack(tf.random.stateless_uniform([2, 2], seed))
    kept = tf.where(chosen < share, 1 + tf.cast(place * (size - 1), tf.int32), size)
    rows, columns = tf.unstack(tf.sequence_mask(kept, size, tf.float32))
    return rows[:, None, None] * columns[:, None]


def validation_dataset(blocks, batch_size):
    """The blocks once, in order, as float32 batches in [0, 1]."""
    return _without_autotuning(tf.data.Dataset.from_tensor_slices(to_unit(blocks)).batch(batch_size))


def _without_autotuning(dataset):
    """The dataset, whose iterators end at once.

    The thread that tunes an iterator wakes after 10, 20, 40 … milliseconds, and in TensorFlow 2.21 the
    iterator's end can wait for it: an epoch of a minute, and its validation, for up to another each.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
