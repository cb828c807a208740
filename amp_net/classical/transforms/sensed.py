"""What measurements by any Φ say of an image, as measurements by orthonormal rows."""

import math

import numpy as np
from keras import ops

from amp_net.models.inputs.values import checked, finite
from amp_net.operators.operator import Operator
from amp_net.operators.orthonormal import remembered


class Sensed:
    """Y = Q X with the orthonormal rows Q that span what Φ does, see `operators.orthonormal`.

    Images are NumPy arrays `(batch, height, width, 1)` of whole blocks, float32.

    >>> from amp_net.operators import Hadamard
    >>> operator, images = Hadamard((4, 4), rows=range(8)), np.full((1, 8, 8, 1), 0.5, "float32")
    >>> sensed = Sensed(operator, operator.measure(images))
    >>> sensed.ratio, float(np.abs(sensed.residual(images)).max())
    (0.5, 0.0)

    Args:
        operator: Φ, which must not change; the last two are remembered with their Q.
        measurements: y, `(batch, rows, columns, m)`.

    Attributes:
        operator: Q, of r measurements a block.
        y: Y, float32 `(batch, rows, columns, r)`.
        ratio: r / n, in (0, 1].

    Raises:
        ValueError: if y has another shape, is not of floats, or holds NaN or infinity, or Φ is zero.
    """

    def __init__(self, operator: Operator, measurements) -> None:
        y = finite(checked(measurements, (None, None, operator.measurements), "measurements"), "measurements")
        self.operator, whiten = remembered(operator)
        self.y = ops.convert_to_numpy(whiten(y))
        self.ratio = self.operator.measurements / self.operator.shape[1]

    def residual(self, images: np.ndarray) -> np.ndarray:
        """Y − Q X."""
        return self.y - ops.convert_to_numpy(self.operator.measure(images))

    def back(self, residual: np.ndarray) -> np.ndarray:
        """Qᵀ Z: images of `(batch, rows, columns, r)`."""
        return ops.convert_to_numpy(self.operator.adjoint(residual))

    def closest(self, images: np.ndarray) -> np.ndarray:
        """The images that agree with Y and are nearest to the given ones, X + Qᵀ (Y − Q X)."""
        return images + self.back(self.residual(images))


def check_numbers(iterations: int, weight: float) -> None:
    """Raises a ValueError if there are no iterations, or a weight is no finite number above 0."""
    if not (iterations >= 1 and 0 < weight < math.inf):
        raise ValueError(
            f"There are {iterations} iterations with a weight of {weight}; the one is at least 1, the other "
            "above 0."
        )
