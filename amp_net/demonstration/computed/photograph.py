"""The photograph that is sensed: a sample, or a file of the user's."""

from pathlib import Path

import cv2
import numpy as np

from amp_net.demonstration.computed import dropped_files
from amp_net.photographs import image_sets, photograph_files
from amp_net.storage.disk import files
from amp_net.storage.printable import printable

SIDE = 512
"""Pixels of a side at most; a larger photograph is reduced, so that a processor is done in seconds."""
MOST_BYTES, MOST_PIXELS = 64 * 2**20, 50_000_000
"""Of a file, and of the photograph in it."""


SUFFIXES = photograph_files.SUFFIXES
"""Endings of the files that are read."""


def given(sample_name: str | None, dropped: str | Path | None) -> tuple[np.ndarray, str]:
    """The photograph to sense, and a sentence on it.

    Args:
        sample_name: which sample, or None for the file.
        dropped: a file, or None.

    Returns:
        `(height, width)` or `(height, width, 3)`; uint8, uint16, or float32 in [0, 1].

    Raises:
        ValueError: if there is neither, or the file is no photograph, too large, or no longer there.
    """
    if sample_name is not None:
        name, original = sample_name, sample(sample_name)
    elif dropped is not None:
        name, original = printable(Path(dropped).name), read(dropped)
    else:
        raise ValueError("There is no photograph; choose one or drop your own.")
    image = reduced(original)
    kind = "grey" if image.ndim == 2 else "in colour"
    told = f"{name}: {image.shape[1]}×{image.shape[0]} pixels, {kind}, {image.nbytes:,} bytes"
    if image.shape != original.shape:
        told += f", reduced from {original.shape[1]}×{original.shape[0]}"
    return image, f"{told}."


def sample(name: str) -> np.ndarray:
    """A photograph of `image_sets.SAMPLES`, uint8 `(height, width)` or `(height, width, 3)`."""
    return dict(image_sets.load("samples"))[name]


def read(path: str | Path) -> np.ndarray:
    """The photograph in a file, without its alpha channel.

    Args:
        path: of a file that `photograph_files.decode_one` reads.

    Raises:
        ValueError: if it is none, too large, or no longer there.
    """
    path = Path(path)
    dropped_files.check(path)
    content = files.read(path, MOST_BYTES)
    image = photograph_files.decode_one(content, path.name, max_pixels=MOST_PIXELS)
    return image[..., :3] if image.ndim == 3 else image


def reduced(image: np.ndarray) -> np.ndarray:
    """The photograph with `SIDE` pixels on its longer side, if it has more; means of its pixels.

    Args:
        image: `(height, width)` or `(height, width, 3)`; uint8, uint16 or float32.

    Returns:
        The same dtype.
    """
    height, width = image.shape[:2]
    longer = max(height, width)
    if longer <= SIDE:
        return image
    size = (max(1, round(width * SIDE / longer)), max(1, round(height * SIDE / longer)))
    return cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA)
