"""CS ratios: how many measurements each block has."""

import math

PUBLISHED_MEASUREMENTS = {1: 10, 4: 43, 10: 109, 25: 272, 30: 327, 40: 436, 50: 545}
"""The seven CS ratios of the paper, in percent, with m for blocks of 33×33 as the authors rounded it."""


def measurements_for(cs_ratio, block_size=33):
    """m, the number of measurements of a block at a CS ratio.

    Args:
        cs_ratio: percent of the pixels, in (0, 100].
        block_size: side of a block in pixels.

    Returns:
        The authors' m for their seven ratios and 33×33; else the nearest whole number, or 1 where that is 0.

    Raises:
        ValueError: if the ratio is outside (0, 100], or below a tenth of one measurement.

    >>> measurements_for(25), measurements_for(25, block_size=16)
    (272, 64)
    """
    if not 0 < cs_ratio <= 100:
        raise ValueError(f"The CS ratio is {cs_ratio} %; it must be above 0 and at most 100.")
    if block_size == 33 and cs_ratio in PUBLISHED_MEASUREMENTS:
        return PUBLISHED_MEASUREMENTS[cs_ratio]
    if cs_ratio * block_size**2 < 10:
        raise ValueError(
            f"The CS ratio is {cs_ratio} %, far less than one measurement of "
            f"{block_size}×{block_size} pixels, which is {100 / block_size**2:.3g} %."
        )
    return max(1, math.floor(cs_ratio * block_size**2 / 100 + 0.5))
