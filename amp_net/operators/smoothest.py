"""The smoothest image that explains measurements: where an iteration can begin with any Φ."""

import math
from typing import Any

from keras import ops

from amp_net.operators.operator import Operator

GREY = 0.5
"""What pixels are where nothing is measured."""
SMOOTHNESS = 0.1
"""Weight of the gradients without noise, relative to m / n."""
STEEPNESS = 0.06
"""Standard deviation of the difference of neighbouring pixels in [0, 1], as photographs have it."""
FLATNESS = 4e-4
"""Added to the squared frequencies, so that the mean counts a little too."""


def smoothest(
    operator: Operator, measurements: Any, noise: Any, count: Any, used: Any = 1.0, iterations: int = 12
) -> Any:
    """The image x that makes `‖y − Q x‖² + λ ‖∇x‖²` small, with λ = 0.1 m/n + (σ / 0.06)².

    Some steps of conjugate gradients, preconditioned by `(m/n + λ ∇ᵀ∇)⁻¹`, which the discrete cosine
    transform makes a product; ∇ goes across blocks.

    Args:
        operator: Q, with orthonormal rows.
        measurements: y, `(batch, rows, columns, m)`.
        noise: σ, `(batch, 1)` or `(1, 1)`.
        count: m of each image, likewise.
        used: as in `AnyPhiAMPNet`.
        iterations: of conjugate gradients.

    Returns:
        Images `(batch, H, W, 1)`.
    """
    noise, count = ops.cast(noise, "float32"), ops.cast(count, "float32")
    measurements = ops.convert_to_tensor(measurements)
    height, width = (
        count * side for count, side in zip(ops.shape(measurements)[1:3], operator.block_shape, strict=True)
    )
    grey = GREY * ops.ones((1, height, width, 1))
    left = operator.adjoint(measurements - used * operator.measure(grey))
    down, along = _cosines(height), _cosines(width)
    frequencies = _squared(height)[:, None] + _squared(width)[None, :] + FLATNESS
    ratio = ops.reshape(count / operator.shape[1], (-1, 1, 1, 1))
    weight = SMOOTHNESS * ratio + ops.reshape(ops.square(noise / STEEPNESS), (-1, 1, 1, 1))
    roughness = weight * frequencies[None, :, :, None]

    def filtered(images, gains):
        seen = ops.matmul(ops.matmul(down, images[..., 0]), ops.transpose(along))
        back = ops.matmul(ops.matmul(ops.transpose(down), gains[..., 0] * seen), along)
        return back[..., None]

    def inner(a, b):
        return ops.sum(a * b, axis=(1, 2, 3), keepdims=True)

    found = ops.zeros_like(left)
    better = filtered(left, 1 / (ratio + roughness))
    direction, size = better, inner(left, better)
    for _ in range(iterations):
        seen = operator.adjoint(used * operator.measure(direction)) + filtered(direction, roughness)
        step = size / ops.maximum(inner(direction, seen), 1e-20)
        found, left = found + step * direction, left - step * seen
        better = filtered(left, 1 / (ratio + roughness))
        before, size = size, inner(left, better)
        direction = better + size / ops.maximum(before, 1e-20) * direction
    return grey + found


def _cosines(side):
    """The orthonormal discrete cosine transform, `(side, side)`, a frequency a row."""
    place = ops.cast(ops.arange(side), "float32")
    waves = ops.cos((math.pi / side) * place[:, None] * (place[None, :] + 0.5))
    first = ops.cast(place == 0, "float32")[:, None]
    return waves * ops.sqrt((2 - first) / side)


def _squared(side):
    """The squared frequency of each cosine: what differences of neighbours make of its square, `(side,)`."""
    return 2 - 2 * ops.cos((math.pi / side) * ops.cast(ops.arange(side), "float32"))
