"""Total variation, solved to convergence: what the network for any Φ is compared with."""

import numpy as np

from amp_net.classical.transforms.sensed import Sensed
from amp_net.operators.operator import Operator

WEIGHTS = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1)
STEP = 1 / np.sqrt(8)
"""Of the primal and the dual: the norm of the gradient of an image is at most √8."""


def variation(operator: Operator, y: np.ndarray, weight: float, iterations: int = 3000, change: float = 1e-5):
    """The image that minimises `½ ‖Q x − y'‖² + weight · TV(x)`, by Chambolle and Pock (2011), Algorithm 1.

    Q has orthonormal rows, see `Sensed`; TV is the sum of the lengths of an image's gradients.

    Args:
        operator: Φ.
        y: `(batch, rows, columns, m)`.
        weight: of the total variation.
        iterations: at most.
        change: of an image in one iteration, relative to it, at which it stops.

    Returns:
        Images `(batch, H, W, 1)`.
    """
    sensed = Sensed(operator, y)
    x = sensed.back(sensed.y)
    ahead, slopes = x, np.zeros((2, *x.shape), "float32")
    for _ in range(iterations):
        slopes += STEP * _gradient(ahead)
        slopes /= np.maximum(1, np.sqrt(np.sum(slopes**2, axis=0)) / weight)
        moved = x + STEP * _divergence(slopes)
        new = moved + STEP / (1 + STEP) * sensed.back(sensed.residual(moved))
        ahead, done = 2 * new - x, np.linalg.norm(new - x) < change * np.linalg.norm(new)
        x = new
        if done:
            break
    return x


def _gradient(images):
    """Differences to the pixel below and to the right, zero at the ends: `(2, batch, H, W, 1)`."""
    return np.stack([np.diff(images, axis=axis, append=images.take([-1], axis)) for axis in (1, 2)])


def _divergence(slopes):
    """The negative transpose of `_gradient`."""
    found = np.zeros_like(slopes[0])
    for slope, axis in zip(slopes, (1, 2), strict=True):
        inner = np.delete(slope, -1, axis)
        found += np.concatenate([inner, np.zeros_like(slope.take([0], axis))], axis)
        found -= np.concatenate([np.zeros_like(slope.take([0], axis)), inner], axis)
    return found
