"""Networks of others as methods: what they make of y, where it was measured by their Φ."""

import functools
from typing import Any

import numpy as np
from keras import ops

from amp_net.models import rival_presets
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.operators.operator import Operator

ALIKE = 1e-4
"""How far entries of a Φ may be from the network's, of its largest one."""


def by_network(name: str, operator: Operator, measurements: Any) -> np.ndarray:
    """Rebuilds images by one of `rival_presets.NETWORKS`.

    Args:
        name: the network's.
        operator: Φ, which must be the network's.
        measurements: y, `(batch, rows, columns, m)`.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: if there are no weights for so many measurements, the network is of another Φ, or y has
            another shape, is not of floats, or holds NaN or infinity.
    """
    network = _at(name, *operator.shape)
    check_matrix(name, network, operator)
    return ops.convert_to_numpy(network.reconstruct(measurements))


def check_matrix(name: str, network: Any, operator: Operator) -> None:
    """Raises a ValueError if Φ is not that of a network."""
    own = network.sensing.matrix
    if own.shape != operator.shape or np.abs(own - operator.matrix).max() > ALIKE * np.abs(own).max():
        raise ValueError(
            f"{name} is trained for one sensing matrix, and this is another; it is "
            + ("one that it has learned." if network.LEARNS_SENSING else "operators.gaussian(m, (33, 33)).")
        )


@functools.lru_cache(maxsize=2)
def _at(name, measurements, pixels):
    """The network for m measurements of a block; the last ones are remembered, for image after image."""
    known = {count: ratio for ratio, count in PUBLISHED_MEASUREMENTS.items()}
    return rival_presets.load(name, known.get(measurements, round(100 * measurements / pixels, 2)))
