"""What the network for any Φ is validated on: the middles of held-out photographs, and their measurements."""

import dataclasses

import numpy as np
from keras import ops

from amp_net import images
from amp_net.operators import Dense, Hadamard, orthonormal
from amp_net.operators.operator import Operator
from amp_net.operators.orders import order

SIDES = {33: 198, 64: 192}
"""Of the middles in pixels, by the side of a block."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One form of sensing.

    Attributes:
        name: of the form, its number of measurements and its noise.
        operator: Q, with orthonormal rows.
        noise: standard deviation.
        shown: float32 `(photographs, side, side, 1)` in [0, 1].
        y: their measurements, with noise.
    """

    name: str
    operator: Operator
    noise: float
    shown: np.ndarray
    y: np.ndarray


def cases(photographs: list[np.ndarray]) -> list[Case]:
    """The cases of grey uint8 photographs, always the same."""
    random = np.random.default_rng(0)
    rows = np.linalg.qr(random.normal(size=(1089, 1089)))[0].T.astype("float32")
    found = [
        _case(f"gaussian_{ratio}", Dense(rows[:m], (33, 33)), 0.0, photographs)
        for ratio, m in ((10, 109), (25, 272), (50, 545))
    ]
    for name, m, noise in (
        ("sequency", 492, 0.0),
        ("sequency", 1024, 0.0),
        ("random", 1024, 0.0),
        ("sequency", 1024, 0.05),
    ):
        operator = Hadamard((64, 64), order(name, (64, 64))[:m])
        found.append(_case(f"{name}_{m}_{noise:g}", operator, noise, photographs))
    return found


def _case(name, operator, noise, photographs):
    side = SIDES[operator.block_shape[0]]
    shown = np.stack([_middle(image, side) for image in photographs])[..., None]
    q, _ = orthonormal(operator)
    y = ops.convert_to_numpy(q.measure(shown))
    return Case(
        name, q, noise, shown, y + noise * np.random.default_rng(1).normal(size=y.shape).astype("float32")
    )


def _middle(image, side):
    top, left = ((length - side) // 2 for length in image.shape)
    return images.to_unit(image[top : top + side, left : left + side])
