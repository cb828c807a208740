"""Photographs of one's own to train on: a folder's, or given ones."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from absl import logging

from amp_net import images
from amp_net.photographs import image_sets
from amp_net.photographs.own_photographs import GivenPhotographs, OwnPhotographs
from amp_net.storage import searched


def own_of(
    data: str, value_range: Sequence[float] | None = None, given: Iterable[Any] | None = None
) -> OwnPhotographs | GivenPhotographs | None:
    """The photographs of one's own that a training means; None if it means a known set.

    Args:
        data, value_range: `data` and `data_range` of its `TrainingConfig`.
        given: photographs to take instead, see `GivenPhotographs`; or None.

    Raises:
        ValueError: if one cannot be read, or its range is not known.
    """
    if given is not None:
        return GivenPhotographs(given, value_range)
    if image_sets.is_folder(data):
        return OwnPhotographs(data, value_range)
    if value_range is not None:
        raise ValueError(
            f"The range {value_range} is for photographs of one's own, and {data} is a set, or no folder; "
            "leave it out."
        )
    return None


def grey_planes(photographs: Iterable[tuple[str, np.ndarray]], block_size: int) -> list[np.ndarray]:
    """The luminance of photographs; those that hold no block are passed over with a warning.

    Args:
        photographs: pairs of name and image.
        block_size: side of a block in pixels.

    Returns:
        A list of uint8 `(height, width)`.

    Raises:
        ValueError: if none holds a block.
    """
    planes, small = [], []
    for name, image in photographs:
        if min(image.shape[:2]) < block_size:
            small.append(name)
        else:
            pixels = image if image.dtype == np.uint8 else images.from_unit(images.to_unit(image))
            planes.append(images.luminance(pixels))
    if small:
        named = ", ".join(small[: searched.NAMED])
        more = f" and {len(small) - searched.NAMED} more" if len(small) > searched.NAMED else ""
        what = f"smaller than a block of {block_size}×{block_size} pixels: {named}{more}."
        if not planes:
            raise ValueError(f"All photographs are {what} Give larger ones.")
        logging.warning("Photographs are passed over, since they are %s", what)
    return planes
