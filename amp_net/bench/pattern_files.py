"""Φ as it lies on a disk: a matrix, a stack of patterns, or a folder of pattern images."""

import math
import re
from pathlib import Path

import numpy as np

from amp_net import images
from amp_net.images.formats import image_descriptions
from amp_net.measurements import camera_data
from amp_net.models.inputs.sensing_matrix import MOST_ENTRIES, check_scale
from amp_net.storage.printable import printable

NAMES = ("phi", "patterns", "pattern", "a", "h", "sensing_matrix", "matrix")
"""Of the array with Φ in a file that holds several."""


def read(path, variable=None, frame=None):
    """Reads Φ.

    Args:
        path: a file that `number_files` reads, with a matrix `(m, n)` of one pattern a row, counted row by
            row, or a stack `(m, height, width)`; or a folder with an image for each pattern, in the order of
            the numbers in their names, of which black is 0 and white 1.
        variable: which array of the file.
        frame: height and width of a pattern; None where they are known, or equal. Pattern images whose sides
            are multiples of these are averaged.

    Returns:
        Φ, float32 `(m, n)`, and height and width.

    Raises:
        ValueError: if there is no such Φ, it has more than `MOST_ENTRIES` entries, some that are not finite,
            or none but zeros.
    """
    path = Path(path)
    stack = _from_folder(path, frame) if path.is_dir() else camera_data.read_array(path, variable, NAMES)
    return as_matrix(stack, path, frame)


def as_matrix(stack, path, frame=None):
    """Φ as `read` gives it, of an array that was read from the path."""
    if stack.ndim == 3:
        found = stack.shape[1:]
        if frame is not None and tuple(frame) != found:
            raise ValueError(f"{path} has patterns of {_x(found)} pixels; --frame says {_x(frame)}.")
        frame = found
    if stack.ndim not in (2, 3) or 0 in stack.shape:
        raise ValueError(
            f"{path} has shape {stack.shape}; Φ is a matrix (m, n) with one pattern a row, or a stack (m, "
            "height, width)."
        )
    matrix = stack.reshape(len(stack), -1)
    if matrix.size > MOST_ENTRIES:
        raise ValueError(f"{path} has {matrix.size} entries; Φ has {MOST_ENTRIES} at most.")
    pixels = matrix.shape[1]
    if frame is None:
        side = math.isqrt(pixels)
        if side**2 != pixels:
            hint = ""
            if math.isqrt(len(matrix)) ** 2 == len(matrix):
                hint = f", or transpose it, if its {len(matrix)} rows are the pixels"
            raise ValueError(
                f"{path} has patterns of {pixels} pixels, which is no square; give "
                f"--frame=HEIGHT,WIDTH{hint}."
            )
        frame = side, side
    if frame[0] * frame[1] != pixels:
        raise ValueError(f"{path} has patterns of {pixels} pixels; --frame={frame[0]},{frame[1]} has others.")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{path} holds NaN or infinity; give real numbers only.")
    if not matrix.any():
        raise ValueError(f"{path} is all zeros; it measures nothing.")
    try:
        check_scale(matrix)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return matrix.astype("float32"), (int(frame[0]), int(frame[1]))


def _from_folder(folder, frame):
    found = [path for path in folder.iterdir() if path.suffix.lower() in image_descriptions.SUFFIXES]
    if not found:
        raise ValueError(f"{printable(folder)} holds no images; give a folder of patterns, or a file with Φ.")
    stack = None
    for at, path in enumerate(sorted(found, key=_in_numbers)):
        pattern = images.to_unit(images.read_unchanged(path))
        if pattern.ndim == 3:
            if pattern.shape[2] != 3 or np.ptp(pattern, axis=2).any():
                raise ValueError(f"{path} is in colour; a pattern is grey.")
            pattern = pattern[..., 0]
        if frame is not None and pattern.shape != tuple(frame):
            pattern = _averaged(pattern, frame, path)
        if stack is None:
            if len(found) * pattern.size > MOST_ENTRIES:
                raise ValueError(
                    f"{printable(folder)} holds {len(found)} patterns of {_x(pattern.shape)} pixels, more "
                    f"than {MOST_ENTRIES} entries; --frame=HEIGHT,WIDTH averages their mirrors to pixels."
                )
            stack = np.empty((len(found), *pattern.shape), "float32")
        if pattern.shape != stack.shape[1:]:
            raise ValueError(f"{path} has {_x(pattern.shape)} pixels; others have {_x(stack.shape[1:])}.")
        stack[at] = pattern
    return stack


def _averaged(pattern, frame, path):
    height, width = frame
    if pattern.shape[0] % height or pattern.shape[1] % width:
        raise ValueError(f"{path} has {_x(pattern.shape)} pixels, no multiple of --frame={height},{width}.")
    parts = pattern.reshape(height, pattern.shape[0] // height, width, pattern.shape[1] // width)
    return parts.mean(axis=(1, 3))


def _in_numbers(path):
    """Sorts 2.png before 10.png."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _x(shape):
    return "×".join(map(str, shape))
