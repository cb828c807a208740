"""What a camera shows and in which order, and so what its numbers are of."""

import dataclasses
import functools
import hashlib

import numpy as np

from amp_net.operators import Dense, Hadamard
from amp_net.operators.operator import Operator

SPLITS = ("none", "interleaved", "halves", "white")
"""How rows of both signs are shown by a device that shows none below 0: not at all; as a positive and a
negative pattern, one after the other (+ − + − …) or all positive ones first; or as the positive one alone,
(P + 1) / 2 of a row P of ±1, with the white pattern as a reference."""
RANDOM = ("random_01", "random_pm1")
"""Patterns of 0 and 1, and of −1 and 1, by chance."""
KINDS = ("hadamard", *RANDOM, "preset", "file")


@dataclasses.dataclass(frozen=True)
class Acquisition:
    """Rows of a sensing matrix, as a camera measures them.

    >>> shown = Acquisition("hadamard", (4, 4), rows=np.arange(6), split="halves")
    >>> shown.measurements, shown.pixels, shown.shown
    (6, 16, 12)

    Attributes:
        kind: of Φ, one of `KINDS`.
        frame: height and width of a pattern in pixels.
        rows: which rows of Sylvester's Hadamard matrix, in their order; of the other kinds None.
        matrix: Φ, float32 `(m, n)`, of all kinds but Hadamard.
        split: one of `SPLITS`.
        seed: of random patterns.
        preset, cs_ratio: whose learned Φ it is; the latter in percent, of a preset for all ratios, or None.
        open_end: whether rows may be fewer than said, the first ones, as many as y has.

    Raises:
        ValueError: if the split is none of these rows.
    """

    kind: str
    frame: tuple[int, int]
    rows: np.ndarray | None = None
    matrix: np.ndarray | None = None
    split: str = "none"
    seed: int = 0
    preset: str = ""
    cs_ratio: float | None = None
    open_end: bool = False

    def __post_init__(self):
        if self.split not in SPLITS:
            raise ValueError(f"A split is {', '.join(SPLITS)}, not {self.split!r}.")
        if self.split == "white" and not self.two_valued:
            raise ValueError(
                "Φ has grey levels; the white reference is for rows of two values ±a. Take "
                "--split=interleaved or --split=halves."
            )

    @functools.cached_property
    def operator(self) -> Operator:
        """Φ."""
        if self.matrix is None:
            return Hadamard(self.frame, self.rows)
        return Dense(self.matrix, self.frame)

    @property
    def measurements(self) -> int:
        """m."""
        return self.operator.measurements

    @property
    def pixels(self) -> int:
        """n."""
        return self.frame[0] * self.frame[1]

    @functools.cached_property
    def weight(self) -> float:
        """What Φ is divided by to be shown, so that its largest magnitude is a mirror that is on."""
        return 1.0 if self.matrix is None or self.split == "none" else float(np.abs(self.matrix).max())

    @functools.cached_property
    def two_valued(self) -> bool:
        """Whether all entries are a or −a."""
        return self.matrix is None or bool(np.ptp(np.abs(self.matrix)) <= 1e-6 * np.abs(self.matrix).max())

    @functools.cached_property
    def white(self) -> int | None:
        """The number of a row whose entries are all equal and above 0, if there is one."""
        if self.matrix is None:
            found = np.flatnonzero(self.rows == 0)
        else:
            found = np.flatnonzero((self.matrix[:, 0] > 0) & (np.ptp(self.matrix, axis=1) == 0))
        return int(found[0]) if len(found) else None

    @property
    def shown(self) -> int:
        """How many patterns are shown."""
        if self.split in ("interleaved", "halves"):
            return 2 * self.measurements
        return self.measurements + (self.split == "white" and self.white is None)

    @property
    def sha256(self) -> str:
        """Of Φ, which tells it from any other."""
        of = np.asarray(self.rows, "<i8") if self.matrix is None else np.asarray(self.matrix, "<f4")
        return hashlib.sha256(np.ascontiguousarray(of).tobytes()).hexdigest()

    def kept(self, which: np.ndarray) -> "Acquisition":
        """The same with some of its rows alone.

        Args:
            which: whole numbers, or booleans `(m,)`.
        """
        if self.matrix is None:
            return dataclasses.replace(self, rows=np.asarray(self.rows)[which])
        # Of a preset, its network takes all rows alone.
        return dataclasses.replace(self, kind="file", matrix=self.matrix[which])

    def check_shown(self) -> None:
        """Raises a ValueError if rows of both signs, or above 1, are not split."""
        if self.split != "none":
            return
        low, high = (-1, 1) if self.matrix is None else (self.matrix.min(), self.matrix.max())
        if low < 0 or high > 1:
            raise ValueError(
                f"Φ has entries from {low:.3g} to {high:.3g}; light has no sign, and mirrors are on or off, "
                "so give --split=interleaved (or halves, or white), or scale Φ to [0, 1]."
            )

    def pattern(self, number: int) -> np.ndarray:
        """What is shown as one of the `shown` patterns, `(height, width)` in [0, 1].

        Args:
            number: from 0 on.
        """
        count, sign = self.measurements, 1
        if self.split == "interleaved":
            number, sign = number // 2, 1 - 2 * (number % 2)
        elif self.split == "halves":
            number, sign = number % count, 1 - 2 * (number // count)
        elif self.shown > count:
            number -= 1
            if number < 0:
                return np.ones(self.frame, "float32")
        row = sign * self._row(number) / self.weight
        return (row + 1) / 2 if self.split == "white" else np.maximum(row, 0)

    def parts(self) -> np.ndarray:
        """All of these, float32 `(shown, height, width)`.

        Raises:
            ValueError: as `check_shown`.
        """
        self.check_shown()
        return np.stack([self.pattern(number) for number in range(self.shown)])

    def _row(self, number):
        if self.matrix is not None:
            return self.matrix[number].reshape(self.frame)
        # Sylvester's matrix is the Kronecker product of those of the sides.
        down, along = divmod(int(self.rows[number]), self.frame[1])
        return np.outer(self.operator.left[down], self.operator.right[along])


def in_turn(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Two arrays `(m, …)` as one, `(2 m, …)`, an entry of each in turn."""
    return np.stack([positive, negative], axis=1).reshape(-1, *positive.shape[1:])


def random_matrix(kind: str, measurements: int, pixels: int, seed: int) -> np.ndarray:
    """Entries by chance, half of them 1 and the others 0 or −1, float32 `(m, n)`.

    The bits are those of PCG64 itself, which NumPy does not change from version to version.

    Args:
        kind: one of `RANDOM`.
        measurements, pixels: m and n.
        seed: a whole number of 0 or more.
    """
    count = measurements * pixels
    words = np.random.PCG64(seed).random_raw(-(-count // 64)).astype("<u8")
    bits = np.unpackbits(words.view("uint8"))[:count].reshape(measurements, pixels).astype("float32")
    return bits if kind == "random_01" else 2 * bits - 1
