"""Training blocks: seeded crops of photographs."""

from collections.abc import Sequence

import numpy as np

from amp_net.images import luminance
from amp_net.training.data import memory

INDEX = 24
"""Bytes that the choice of a block takes."""


def hold_out(
    photographs: Sequence[np.ndarray], count: int, seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
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
        raise ValueError(
            f"Of {len(distinct)} distinct photographs {count} cannot be held out; hold out fewer "
            "(--held_out), or give more."
        )
    order = np.random.default_rng(seed).permutation(len(distinct))
    return [distinct[i] for i in order[count:]], [distinct[i] for i in order[:count]]


def crop_blocks(photographs: Sequence[np.ndarray], count: int, seed: int, block_size: int = 33) -> np.ndarray:
    """Random crops of the photographs' luminance; every position of every photograph is equally likely.

    Args:
        photographs: uint8 images, `(height, width)` or `(height, width, 3)` in RGB.
        count: how many crops.
        seed: int; the same seed gives the same crops.
        block_size: side of a crop in pixels.

    Returns:
        uint8 `(count, block_size, block_size, 1)`.

    Raises:
        ValueError: if the count is negative, a photograph is of another type or shape, none is as large as a
            block, all blocks are of one grey level, or they do not fit into the memory.
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
    if count < 0:
        raise ValueError(f"{count} blocks cannot be cropped; give a number of 0 or more.")
    # A block, and where it is from.
    if count * (block_size**2 + INDEX) > memory.available() / 2:
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
