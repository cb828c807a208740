"""What a step of the training over many sensing matrices sees: windows of photographs, Φ, m and noise."""

import dataclasses
from typing import Any

import numpy as np
from keras import ops

from amp_net.models.learning.counts import drawn_counts
from amp_net.operators.hadamard import Hadamard
from amp_net.operators.operator import Operator
from amp_net.operators.orders import order
from experiments.shared.trainings.photographs import at_scales, random_window

SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Of each photograph; smaller ones show finer texture, as whole scenes in small frames do."""
LEAST = 0.01
"""The smallest CS ratio."""
POOL = 4
"""Dense matrices of a size that are kept; each draw shuffles one anew."""
ORDERS = ("sequency", "cake_cutting", "zig_zag", "walsh", "random")
BY_CHANCE = 0.15
"""Share of the steps with frames whose patterns are by chance."""
NOISE = (-2.7, -0.7)
"""Decimal logarithms of the standard deviations between which noise is drawn, in half of the windows."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """One form of sensing that is trained for.

    Attributes:
        operator: `"dense"`, or `"hadamard"` for frames.
        block: side of a block in pixels.
        side: of a window.
        batch: windows a step.
        share: of the steps.
    """

    operator: str
    block: int
    side: int
    batch: int
    share: float


KINDS = (
    Kind("dense", 33, 66, 16, 0.36),
    Kind("dense", 16, 64, 16, 0.05),
    Kind("dense", 8, 64, 16, 0.04),
    Kind("dense", 32, 64, 16, 0.07),
    Kind("hadamard", 32, 64, 16, 0.08),
    Kind("hadamard", 64, 64, 16, 0.22),
    Kind("hadamard", 128, 128, 4, 0.18),
)


class Frames(Hadamard):
    """All rows of the Hadamard transform of a frame whose pixels have signs of their own.

    Signs by chance make patterns by chance of it.
    """

    def __init__(self, side, signs):
        super().__init__((side, side), np.arange(side**2), 1 / side)
        self.signs = signs

    def forward(self, blocks):
        flat = self._transformed(blocks * self.signs) * self.weight
        return ops.reshape(flat, (*ops.shape(blocks)[:-2], self.shape[1]))

    def transpose(self, measurements):
        seen = ops.reshape(measurements, (*ops.shape(measurements)[:-1], *self.block_shape))
        return self._transformed(seen) * self.weight * self.signs


@dataclasses.dataclass
class Sample:
    """Of one step.

    Attributes:
        windows: `(batch, side, side, 1)`, float32 in [0, 1].
        operator: rows of a dense Q, `(n, n)`, or the signs of a frame's pixels, `(side, side)`.
        used: which rows measure, 1 or 0, `(batch, 1, 1, n)`.
        noise: standard deviation, `(batch,)`.
    """

    windows: np.ndarray
    operator: Any
    used: np.ndarray
    noise: np.ndarray


def operator_of(kind: Kind, given: Any) -> Operator:
    """The operator of a sample: with orthonormal rows, as many as a block has pixels."""
    from amp_net.operators.dense import Dense

    if kind.operator == "dense":
        return Dense(given, (kind.block, kind.block))
    return Frames(kind.block, given)


def square_matrix(n: int, random: np.random.Generator, ones: bool) -> np.ndarray:
    """A float32 `(n, n)` matrix whose first m orthonormal rows span what m rows by chance do.

    These are Gaussian, or with `ones` zeros and ones, which see the mean brightness.
    """
    rows = random.normal(size=(n, n))
    if ones:
        rows = (rows > 0).astype("float64")
    return np.linalg.qr(rows.T)[0].T.astype("float32")


class Draws:
    """Draws samples, all by one generator.

    Args:
        photographs: grey uint8 images.
        seed: of all draws.
    """

    def __init__(self, photographs: list[np.ndarray], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.photographs = at_scales(photographs, SCALES)
        self.pools: dict[int, list[np.ndarray]] = {}

    def kind(self) -> Kind:
        """Which form of sensing the next step is of."""
        shares = np.array([kind.share for kind in KINDS])
        return KINDS[self.random.choice(len(KINDS), p=shares / shares.sum())]

    def sample(self, kind: Kind) -> Sample:
        """A sample of one form of sensing."""
        n = kind.block**2
        windows = np.stack(
            [random_window(self.photographs, kind.side, self.random) for _ in range(kind.batch)]
        )[..., None]
        counts = self._counts(kind.batch, n)
        if kind.operator == "dense":
            given = self._dense(kind.block)
            used = np.arange(n) < counts[:, None]
        else:
            by_chance = self.random.random() < BY_CHANCE
            signs = self.random.choice((-1, 1), (kind.block, kind.block)) if by_chance else np.ones((1, 1))
            given = np.broadcast_to(signs, (kind.block, kind.block)).astype("float32")
            used = np.zeros((kind.batch, n), bool)
            for row, count in zip(used, counts, strict=True):
                name = "random" if by_chance else self.random.choice(ORDERS)
                seed = int(self.random.integers(2**31))
                row[order(name, (kind.block, kind.block), seed)[:count]] = True
        noise = 10 ** self.random.uniform(*NOISE, kind.batch) * (self.random.random(kind.batch) < 0.5)
        used = used[:, None, None].astype("float32")
        return Sample(windows, given, used, noise.astype("float32"))

    def _counts(self, batch, n):
        """m of each window, from `LEAST` of the pixels to all."""
        counts = ops.convert_to_numpy(drawn_counts(self.random.random((2, batch)), LEAST * n, n))
        return np.clip(counts, 1, n)

    def _dense(self, block):
        """A `square_matrix` of the pool, shuffled."""
        n = block**2
        pool = self.pools.setdefault(block, [])
        if len(pool) < POOL or self.random.random() < 0.02:
            made, place = square_matrix(n, self.random, bool(len(pool) % 2)), len(pool) % POOL
            pool[place : place + 1] = [made]
            return made
        chosen = int(self.random.integers(len(pool)))
        rows = pool[chosen][:, self.random.permutation(n)]
        return rows if chosen % 2 else rows * self.random.choice((-1, 1), n).astype("float32")
