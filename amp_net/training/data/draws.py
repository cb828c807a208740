"""Which blocks a step sees, and how they are turned and padded: the seed and the step alone decide."""

import functools
from typing import Any

import numpy as np
from keras import ops

ORDER, CHANGE = range(2)
"""Streams of random numbers: a pass's order of the blocks, and what a step does with its blocks."""


class Draws:
    """The random numbers of a training, the same under every backend.

    Each pass goes through all blocks in an order of its own; a batch may take blocks of two passes.

    >>> draws = Draws(count=6, block_size=8, batch_size=3, seed=0)
    >>> {int(block) for step in (0, 1) for block in draws.of_step(step)[0]}
    {0, 1, 2, 3, 4, 5}

    Args:
        count: how many blocks there are.
        block_size: their side in pixels.
        batch_size: blocks a step.
        seed: int.
        augment: whether blocks are flipped and turned by quarters: each of the eight symmetries of a square
            is equally likely.
        padded: share of the blocks whose right columns, from a random one on, become zeros, and of those
            whose lower rows do, as in the last blocks of an image.

    Raises:
        ValueError: if a batch is larger than the number of blocks.
    """

    def __init__(
        self,
        count: int,
        block_size: int,
        batch_size: int,
        seed: int,
        augment: bool = False,
        padded: float = 0.0,
    ) -> None:
        if not 0 < batch_size <= count:
            raise ValueError(
                f"The batch size is {batch_size}; it must be from 1 to the {count} blocks there are."
            )
        self.count, self.block_size, self.batch_size = count, block_size, batch_size
        self.seed, self.augment, self.padded = seed, augment, padded

    def of_step(self, step: int) -> tuple[np.ndarray, ...]:
        """The other arguments of `drawn`, for one step.

        Returns:
            `index`, `(batch_size,)`, which blocks; `symmetry`, `(batch_size,)`, 0 to 7; `kept`,
            `(batch_size, 2)`, rows and columns that are not zeros. All int32.
        """
        positions = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
        passes, places = np.divmod(positions, self.count)
        index = np.concatenate(
            [_order(self.count, self.seed, number)[places[passes == number]] for number in np.unique(passes)]
        )
        rng = np.random.default_rng([self.seed, CHANGE, step])
        symmetry = rng.integers(8, size=self.batch_size, dtype="int32")
        chosen, place = rng.random((2, self.batch_size, 2))
        kept = np.where(chosen < self.padded, 1 + place * (self.block_size - 1), self.block_size)
        return index, symmetry * np.int32(self.augment), kept.astype("int32")

    def of_steps(self, first: int, count: int) -> tuple[np.ndarray, ...]:
        """The same for steps one after the other: arrays with one more axis in front."""
        parts = [self.of_step(step) for step in range(first, first + count)]
        return tuple(np.stack(part) for part in zip(*parts, strict=True))


@functools.lru_cache(maxsize=4)
def _order(count: int, seed: int, number: int) -> np.ndarray:
    return np.random.default_rng([seed, ORDER, number]).permutation(count).astype("int32")


def drawn(blocks: Any, index: Any, symmetry: Any, kept: Any) -> Any:
    """A batch, made where the blocks are.

    Args:
        blocks: uint8 `(count, block_size, block_size, 1)`, a tensor.
        index, symmetry, kept: see `Draws.of_step`.

    Returns:
        float32 `(batch_size, block_size, block_size, 1)` in [0, 1].
    """
    batch = ops.take(blocks, index, axis=0)
    for bit, change in enumerate((_transposed, _upside_down, _mirrored)):
        batch = ops.where(ops.reshape(symmetry // 2**bit % 2 == 1, (-1, 1, 1, 1)), change(batch), batch)
    inside = ops.arange(blocks.shape[1]) < kept[..., None]
    inside = ops.logical_and(inside[:, 0, :, None], inside[:, 1, None, :])[..., None]
    return ops.where(inside, ops.cast(batch, "float32") / 255.0, 0.0)


def _transposed(batch: Any) -> Any:
    return ops.transpose(batch, (0, 2, 1, 3))


def _upside_down(batch: Any) -> Any:
    return ops.flip(batch, 1)


def _mirrored(batch: Any) -> Any:
    return ops.flip(batch, 2)
