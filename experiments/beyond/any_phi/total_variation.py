"""Total variation, solved to convergence: what the network for any Φ is compared with."""

import functools

import numpy as np
from keras import ops

from amp_net import backends
from amp_net.classical.transforms.sensed import Sensed
from amp_net.operators.operator import Operator

WEIGHTS = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1)
STEP = 8**-0.5
"""Of the primal and the dual: the norm of the gradient of an image is at most √8."""
AT_ONCE = 50
"""Iterations between two looks at how far the images have moved."""


def variation(operator: Operator, y: np.ndarray, weight: float, iterations: int = 3000, change: float = 1e-5):
    """The image that minimises `½ ‖Q x − y'‖² + weight · TV(x)`, by Chambolle and Pock (2011), Algorithm 1.

    Q has orthonormal rows, see `Sensed`; TV is the sum of the lengths of an image's gradients.

    Args:
        operator: Φ.
        y: `(batch, rows, columns, m)`.
        weight: of the total variation.
        iterations: at most, rounded up to a multiple of `AT_ONCE`.
        change: of the images in one iteration, relative to them, at which it stops.

    Returns:
        Images `(batch, H, W, 1)`.
    """
    sensed = Sensed(operator, y)
    run, x = _run(sensed.operator), sensed.back(sensed.y)
    back, state = x, (x, x, np.zeros((2, *x.shape), "float32"))
    for _ in range(0, iterations, AT_ONCE):
        *state, before = run(back, np.float32(weight), *state)
        x = ops.convert_to_numpy(state[0])
        if np.linalg.norm(x - ops.convert_to_numpy(before)) < change * np.linalg.norm(x):
            break
    return x


@functools.lru_cache(maxsize=1)
def _run(operator):
    """A compiled function that does `AT_ONCE` iterations: `Qᵀ y'`, weight and state to state and x before."""

    def iteration(back, weight, x, ahead, slopes):
        slopes = slopes + STEP * _gradient(ahead)
        length = ops.sqrt(ops.sum(ops.square(slopes), axis=0))
        slopes = slopes / ops.maximum(1.0, length / weight)
        moved = x + STEP * _divergence(slopes)
        left = back - operator.adjoint(operator.measure(moved))
        new = moved + STEP / (1 + STEP) * left
        return new, 2 * new - x, slopes

    def run(back, weight, x, ahead, slopes):
        def step(_, carried):
            return (*iteration(back, weight, *carried[:3]), carried[0])

        return ops.fori_loop(0, AT_ONCE, step, (x, ahead, slopes, x))

    return backends.compiled(run)


def _gradient(images):
    """Differences to the pixel below and to the right, zero at the ends: `(2, batch, H, W, 1)`."""
    down = ops.pad(images[:, 1:] - images[:, :-1], ((0, 0), (0, 1), (0, 0), (0, 0)))
    right = ops.pad(images[:, :, 1:] - images[:, :, :-1], ((0, 0), (0, 0), (0, 1), (0, 0)))
    return ops.stack([down, right])


def _divergence(slopes):
    """The negative transpose of `_gradient`."""
    down, right = slopes[0][:, :-1], slopes[1][:, :, :-1]
    below = ops.pad(down, ((0, 0), (0, 1), (0, 0), (0, 0))) - ops.pad(down, ((0, 0), (1, 0), (0, 0), (0, 0)))
    along = ops.pad(right, ((0, 0), (0, 0), (0, 1), (0, 0))) - ops.pad(
        right, ((0, 0), (0, 0), (1, 0), (0, 0))
    )
    return below + along
