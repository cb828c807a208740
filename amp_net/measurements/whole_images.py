"""From y to pixels: a whole image at once, a large one tile by tile, or each block by itself."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from amp_net.command_line import progress
from amp_net.images import blocks
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.storage.kept import Kept

WAYS = ("whole", "blockwise", "ensemble")
"""The network sees the whole image; each block by itself, as in the paper; or the mean of eight
reconstructions of the whole image, in which its CNNs see it in all flips and quarter turns."""
Piece = tuple[slice, slice, Callable[[], np.ndarray]]
LARGEST = 40
"""Side in blocks of the largest image that is rebuilt in one piece; what takes memory is the feature maps."""


def check_way(way, model):
    """Raises a ValueError if there is no such way, or the model does not have it."""
    if way not in WAYS:
        raise ValueError(f"An image is rebuilt {', '.join(WAYS)}, not {way!r}.")
    if way not in model.WAYS:
        raise ValueError(f"This model rebuilds images {' or '.join(model.WAYS)}, not {way}.")


def rebuild_planes(
    y: np.ndarray,
    model: Any,
    planes: np.ndarray,
    way: str | None = None,
    convert: Callable[[np.ndarray], np.ndarray] | None = None,
    kept: Kept | None = None,
) -> None:
    """Rebuilds the channels of an image, piece by piece, and shows how far it is if they are several.

    Args:
        y: `(rows, columns, channels, m)`.
        model: see `pieces`.
        planes: where to, an array `(height, width, channels)` of the image without what fills up its blocks.
        way: one of `WAYS`; None for the first of the model's.
        convert: of a piece's floats to what is stored; None to store them as they are, not clipped.
        kept: where pieces are kept and read again, if there are several.

    Raises:
        ValueError: see `pieces`.
    """
    way = way or model.WAYS[0]
    channels = range(planes.shape[2])
    parts = [(channel, *piece) for channel in channels for piece in pieces(y[:, :, channel], model, way)]
    several = len(parts) > planes.shape[2]
    for channel, rows, columns, rebuild in progress.bar(parts, "piece") if several else parts:
        place, key = planes[rows, columns, channel], [channel, rows.start, columns.start]
        content = kept.get(key) if kept is not None and several else None
        if content is not None and len(content) == place.nbytes:
            place[:] = np.frombuffer(content, planes.dtype).reshape(place.shape)
            continue
        pixels = rebuild()[: place.shape[0], : place.shape[1]]
        place[:] = pixels if convert is None else convert(pixels)
        if kept is not None and several:
            kept.put(key, place.tobytes())


def pieces(y: np.ndarray, model: Any, way: str) -> list[Piece]:
    """The pieces that one channel of an image is rebuilt in.

    An image of more than `LARGEST` blocks a side is cut into tiles. Each is rebuilt with `model.MARGIN`
    blocks more on every side where the image goes on, so that its pixels are those of the whole to 1e-5.

    Args:
        y: `(rows, columns, m)`.
        model: with the `reconstruct` of an `AMPNet`.
        way: one of `WAYS`.

    Returns:
        A list of rows and columns of a piece as slices of pixels, and a function that rebuilds its pixels,
        `(height, width)`, not clipped, and raises a ValueError if y is so large that they are not finite.

    Raises:
        ValueError: if the model does not have this way.
    """
    check_way(way, model)
    size = model.block_size

    def piece(rows, columns, rebuild, *arguments):
        def checked():
            pixels = rebuild(y, model, rows, columns, *arguments)
            if not np.isfinite(pixels).all():
                raise ValueError("The measurements are too large for the network: its result is not finite.")
            return pixels

        return *(slice(part.start * size, part.stop * size) for part in (rows, columns)), checked

    if way == "blockwise":
        step = max(1, blocks.BATCH // y.shape[1])
        return [
            piece(slice(start, min(start + step, len(y))), slice(0, y.shape[1]), _blockwise)
            for start in range(0, len(y), step)
        ]
    spans = [_spans(count, model.MARGIN, model.STEP) for count in y.shape[:2]]
    turns = TURNS if way == "ensemble" else TURNS[:1]
    return [
        piece(rows, columns, _tile, seen_rows, seen_columns, turns)
        for (rows, seen_rows), (columns, seen_columns) in itertools.product(*spans)
    ]


def _blockwise(y, model, rows, columns):
    """A strip of whole rows of blocks, about a batch of them."""
    restored = blocks.through(model.reconstruct, y[rows].reshape(-1, y.shape[2]))
    return blocks.merge(restored, [(part.stop - part.start) * model.block_size for part in (rows, columns)])


def _tile(y, model, rows, columns, seen_rows, seen_columns, turns):
    """The pixels of some blocks, of which the network sees more around: a mean over turns."""
    # Keras imports its backend, which takes seconds; nothing else here needs it.
    from keras import ops

    seen, size = y[None, seen_rows, seen_columns], model.block_size
    pixels = sum(ops.convert_to_numpy(model.reconstruct(seen, turn=turn))[0, ..., 0] for turn in turns)
    above, left = rows.start - seen_rows.start, columns.start - seen_columns.start
    kept_rows = slice(above * size, (above + rows.stop - rows.start) * size)
    kept_columns = slice(left * size, (left + columns.stop - columns.start) * size)
    return pixels[kept_rows, kept_columns] / len(turns)


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
