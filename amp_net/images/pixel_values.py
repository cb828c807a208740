"""Numbers of any kind as pixels: what is black and what is white."""

import numpy as np

PIXELS = ("uint8", "uint16")
"""Kinds of numbers whose white is known: all ones."""


def to_pixels(values, name, value_range=None):
    """Pixels of 8 and 16 bits as they are, and other numbers as float32 in [0, 1].

    Args:
        values: an array with its rows first.
        name: what to call it in an error.
        value_range: the values of black and of white, for numbers of other kinds. Floats in [0, 1] need
            none: 0 is black, and 1 white.

    Returns:
        uint8, uint16, or float32 in [0, 1].

    Raises:
        ValueError: if the numbers are none, not finite, outside the range, or the range is not known.
    """
    if values.dtype.name in PIXELS:
        return values
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} holds {values.dtype}; pixels are real numbers.")
    if values.size == 0:
        raise ValueError(f"{name} has shape {values.shape} and so no pixels.")
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise ValueError(f"{name} holds NaN or infinity in {count} of {values.size} places; replace them.")
    low, high = float(values.min()), float(values.max())
    if value_range is None and (low < 0 or high > 1):
        raise ValueError(
            f"{name} holds values from {short(low)} to {short(high)}, which do not say what is black and "
            f"white; commands are told both by --range={short(low)},{short(high)}."
        )
    black, white = value_range or (0.0, 1.0)
    if low < black or high > white:
        raise ValueError(
            f"{name} holds values from {short(low)} to {short(high)}, outside the range from {short(black)} "
            f"to {short(white)}; clip them, or state a wider one (--range of commands)."
        )
    pixels = np.empty(values.shape, "float32")
    for row, of_row in zip(pixels, values, strict=True):
        # In double precision, since a small range may lie far from zero; row by row, since that takes memory.
        row[...] = (of_row.astype("float64") - black) / (white - black)
    return pixels


def short(value):
    """A float as the shortest text that is read as it again.

    >>> short(4095.0), short(0.1)
    ('4095', '0.1')
    """
    return repr(float(value)).removesuffix(".0")


def check_range(value_range):
    """A range of values as two floats, black and white; None as it is.

    Raises:
        ValueError: if it is no such pair.
    """
    if value_range is None:
        return None
    try:
        black, white = map(float, value_range)
    except (TypeError, ValueError):
        black, white = np.nan, np.nan
    if not (np.isfinite([black, white]).all() and black < white):
        raise ValueError(
            f"The range is {value_range!r}; it is the values of black and of white, as (0, 4095)."
        )
    return black, white
