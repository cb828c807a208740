"""The linear reconstruction of least norm."""

import numpy as np

from amp_net.classical.transforms.sensed import Sensed
from amp_net.operators.operator import Operator


def pinv(operator: Operator, measurements) -> np.ndarray:
    """X = Φ⁺ y, the pseudo-inverse (Penrose, 1955): of all images that measure y the one of least norm.

    Args:
        operator: Φ.
        measurements: y, `(batch, rows, columns, m)`.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: see `Sensed`.
    """
    sensed = Sensed(operator, measurements)
    return sensed.back(sensed.y)
