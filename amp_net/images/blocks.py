"""Images to blocks and back."""

import numpy as np

BATCH = 128
"""Blocks that go through a network at once; more are hardly faster (experiments/benchmark/batches.md)."""


def split(image: np.ndarray, block_size: int = 33) -> np.ndarray:
    """Cuts an image into blocks; a side that the block size does not divide is padded with zeros.

    Args:
        image: `(height, width)` or `(height, width, channels)`, any dtype.
        block_size: side of a block in pixels.

    Returns:
        `(count, block_size, block_size, 1)` of the same dtype: channel by channel, row by row.

    Raises:
        ValueError: if the image has no pixels or another number of axes.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(
            f"An image has shape (height, width) or (height, width, channels), not {image.shape}."
        )
    whole = padded(image.reshape(*image.shape[:2], -1), block_size)
    height, width, channels = whole.shape
    planes = np.moveaxis(whole, -1, 0)
    grid = planes.reshape(channels, height // block_size, block_size, width // block_size, block_size)
    return grid.swapaxes(2, 3).reshape(-1, block_size, block_size, 1)


def padded(image, block_size=33):
    """An image `(height, width, …)` with zeros at the bottom and right, so that it is of whole blocks."""
    missing = [(0, -side % block_size) for side in image.shape[:2]]
    return np.pad(image, missing + [(0, 0)] * (image.ndim - 2))


def merge(blocks: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Puts the blocks of `split` together again, without the padding: its exact inverse.

    Args:
        blocks: `(count, block_size, block_size, 1)`.
        shape: the image's shape, `(height, width)` or `(height, width, channels)`.

    Returns:
        The image, of the blocks' dtype.

    Raises:
        ValueError: if the number of blocks does not fit the shape.
    """
    blocks = np.asarray(blocks)
    size = blocks.shape[1]
    height, width, *rest = shape
    channels = rest[0] if rest else 1
    rows, columns = -(-height // size), -(-width // size)
    if len(blocks) != channels * rows * columns:
        raise ValueError(
            f"An image of shape {tuple(shape)} has {channels * rows * columns} blocks of {size}×{size}, "
            f"not {len(blocks)}."
        )
    grid = blocks.reshape(channels, rows, columns, size, size).swapaxes(2, 3)
    planes = grid.reshape(channels, rows * size, columns * size)[:, :height, :width]
    return np.moveaxis(planes, 0, -1).reshape(shape)


def through(network, values):
    """What a network makes of blocks or measurements, `BATCH` of them at a time, as one NumPy array.

    Args:
        network: a function of a batch, such as an `AMPNet`; its result is of any backend.
        values: `(count, …)`.
    """
    # Keras imports its backend, which takes seconds; nothing else here needs it.
    from keras import ops

    return np.concatenate([ops.convert_to_numpy(network(part)) for part in batches(values)])


def batches(values):
    """Blocks or measurements, `(count, …)`, in parts of `BATCH`, the last one smaller if need be."""
    return [values[start : start + BATCH] for start in range(0, len(values), BATCH)]
