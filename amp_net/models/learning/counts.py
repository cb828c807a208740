"""How many measurements a network for all ratios is trained and evaluated with."""

import math

from keras import ops

from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS, measurements_for


def standard_counts(measurements, block_size=33):
    """m of the paper's seven CS ratios, rising, as far as a network takes so many.

    Args:
        measurements: the largest m of the network.
        block_size: side of a block in pixels; of a small one m is 1 at least.

    >>> standard_counts(300)
    [10, 43, 109, 272]
    """
    least = 100 / block_size**2
    counts = {measurements_for(max(ratio, least), block_size) for ratio in PUBLISHED_MEASUREMENTS}
    return sorted(count for count in counts if count <= measurements) or [measurements]


def drawn_counts(uniform, least, most):
    """m of each image of a step: half of them uniform from `least` to `most`, half so in the logarithm.

    Args:
        uniform: random numbers `(2, count)`, uniform in [0, 1).
        least, most: the range of m; for training the smallest of `standard_counts` and all rows of Φ.

    Returns:
        m, int32 `(count,)`.
    """
    even = least + uniform[0] * (most - least)
    logarithmic = least * ops.exp(uniform[0] * math.log(most / least))
    return ops.cast(ops.round(ops.where(uniform[1] < 0.5, even, logarithmic)), "int32")
