"""From y to pixels: a whole image at once, a large one tile by tile, or each block by itself."""

import itertools

import numpy as np
from tqdm import tqdm

from amp_net.images import blocks
from amp_net.layers.across_blocks import TURNS

WAYS = ("whole", "blockwise", "ensemble")
"""The network sees the whole image; each block by itself, as in the paper; or the mean of eight
reconstructions of the whole image, in which its CNNs see it in all flips and quarter turns."""
LARGEST = 40
"""Side in blocks of the largest image that is rebuilt in one piece; what takes memory is the feature maps."""


def check_way(way, model):
    """Raises a ValueError if there is no such way, or the model cannot go it."""
    if way not in WAYS:
        raise ValueError(f"An image is rebuilt {', '.join(WAYS)}, not {way!r}.")
    if way not in model.WAYS:
        raise ValueError(f"This model rebuilds images {' or '.join(model.WAYS)}, not {way}.")


def rebuild_planes(y, model, planes, way=None, convert=None):
    """Rebuilds the channels of an image, piece by piece.

    Args:
        y: `(rows, columns, channels, m)`.
        model: see `rebuilt`.
        planes: where to, an array `(height, width, channels)` of the image without what fills up its blocks.
        way: one of `WAYS`; None for the first of the model's.
        convert: of a piece's floats to what is stored; None to store them as they are, not clipped.

    Raises:
        ValueError: see `rebuilt`.
    """
    for channel in range(planes.shape[2]):
        for rows, columns, pixels in rebuilt(y[:, :, channel], model, way or model.WAYS[0]):
            place = planes[rows, columns, channel]
            pixels = pixels[: place.shape[0], : place.shape[1]]
            place[:] = pixels if convert is None else convert(pixels)


def rebuilt(y, model, way):
    """Rebuilds one channel of an image, a piece at a time.

    An image of more than `LARGEST` blocks a side is cut into tiles. Each is rebuilt with `model.MARGIN`
    blocks more on every side where the image goes on, so that its pixels are those of the whole to 1e-5.

    Args:
        y: `(rows, columns, m)`.
        model: with the `reconstruct` of an `AMPNet`.
        way: one of `WAYS`.

    Yields:
        Rows and columns of a piece as slices of pixels, and its pixels `(height, width)`, not clipped.

    Raises:
        ValueError: if the model cannot go this way, or y is so large that the result is not finite.
    """
    check_way(way, model)
    pieces = _blockwise(y, model) if way == "blockwise" else _whole(y, model, way)
    size = model.block_size
    for rows, columns, pixels in pieces:
        if not np.isfinite(pixels).all():
            raise ValueError("The measurements are too large for the network: its result is not finite.")
        yield *(slice(part.start * size, part.stop * size) for part in (rows, columns)), pixels


def _blockwise(y, model):
    """Strips of whole rows of blocks, about a batch of blocks each."""
    rows, columns, _ = y.shape
    step = max(1, blocks.BATCH // columns)
    for start in range(0, rows, step):
        strip = y[start : start + step]
        restored = blocks.through(model.reconstruct, strip.reshape(-1, y.shape[2]))
        shape = len(strip) * model.block_size, columns * model.block_size
        yield slice(start, start + len(strip)), slice(0, columns), blocks.merge(restored, shape)


def _whole(y, model, way):
    # Keras imports its backend, which takes seconds; nothing else here needs it.
    from keras import ops

    size, turns = model.block_size, TURNS if way == "ensemble" else TURNS[:1]
    spans = [_spans(count, model.MARGIN, model.STEP) for count in y.shape[:2]]
    tiles = list(itertools.product(*spans))
    # A large image takes minutes, of which a terminal is told.
    quiet = None if len(tiles) > 1 else True
    for (rows, seen_rows), (columns, seen_columns) in tqdm(tiles, unit="tile", leave=False, disable=quiet):
        seen = y[None, seen_rows, seen_columns]
        pixels = sum(ops.convert_to_numpy(model.reconstruct(seen, turn=turn))[0, ..., 0] for turn in turns)
        above, left = rows.start - seen_rows.start, columns.start - seen_columns.start
        kept_rows = slice(above * size, (above + rows.stop - rows.start) * size)
        kept_columns = slice(left * size, (left + columns.stop - columns.start) * size)
        yield rows, columns, pixels[kept_rows, kept_columns] / len(turns)


def _spans(count, margin, step):
    """Parts of `count` blocks, of about the same length, and each with its margins.

    What comes before and after the latter is a multiple of `step` blocks.
    """
    if count <= LARGEST:
        return [(slice(0, count), slice(0, count))]
    parts = -(-count // (LARGEST - 2 * margin))
    ends = [count * part // parts for part in range(parts + 1)]
    return [
        (
            slice(start, stop),
            slice(
                max(0, start - margin) // step * step, count - max(0, count - stop - margin) // step * step
            ),
        )
        for start, stop in itertools.pairwise(ends)
    ]
