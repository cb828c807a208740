"""The patterns that a user names: Hadamard's, random ones, or a Φ of one's own."""

import dataclasses
from pathlib import Path

import numpy as np

from amp_net.bench import descriptions, pattern_files, row_orders
from amp_net.bench.acquisition import RANDOM, Acquisition, random_matrix
from amp_net.models.inputs.sensing_matrix import MOST_ENTRIES
from amp_net.operators import orders

LARGEST_FRAME = 2**20
"""Pixels of a Hadamard frame at most."""


def find(
    phi,
    variable=None,
    frame=None,
    order=None,
    numbering="natural",
    measurements=None,
    seed=0,
    split="none",
):
    """What is shown.

    Args:
        phi: `"hadamard"`, `"random_01"`, `"random_pm1"`, or where Φ lies, see `pattern_files.read`; a folder
            that `amp_net.patterns` wrote says the rest itself.
        variable: which array of Φ's file.
        frame: height and width of a pattern; not needed where Φ says it.
        order: see `row_orders.order_of`; of Hadamard it must be said, and of a file it is its own if None.
        numbering: likewise.
        measurements: m, the first rows; None for all, of Hadamard for as many as y has.
        seed: of random patterns.
        split: one of `SPLITS`.

    Returns:
        `Acquisition`.

    Raises:
        ValueError: if there is no such Φ, or something is missing to know it.
    """
    if phi == "hadamard":
        return _hadamard(frame, order, numbering, measurements, split)
    if phi in RANDOM:
        return _random(phi, frame, order, measurements, seed, split)
    if not Path(phi).exists():
        raise ValueError(f"There is no Φ {phi}: give a file or folder, or hadamard, {' or '.join(RANDOM)}.")
    if (Path(phi) / descriptions.NAME).is_file():
        found = descriptions.read(phi)
        return found if split == "none" else shown_otherwise(found, split)
    matrix, frame = pattern_files.read(phi, variable, frame)
    matrix = whole_patterns(matrix, split)
    if order is not None:
        matrix = matrix[row_orders.order_of(_a_file(order), frame, count=len(matrix))]
    return Acquisition("file", frame, matrix=_first(matrix, measurements, phi), split=split)


def first(found, measurements):
    """The first rows of an `Acquisition` alone, as of one that was stopped early."""
    return found.kept(_first(np.arange(found.measurements), measurements, "Φ"))


def shown_otherwise(found, split):
    """The same patterns, split in another way."""
    if found.split not in ("none", split):
        raise ValueError(f"The patterns are shown with --split={found.split}, not {split}; leave it out.")
    return dataclasses.replace(found, split=split)


def whole_patterns(matrix, split):
    """Rows of both signs, where a Φ has their parts as they are shown: no pixel is on in both of a pair.

    Args:
        matrix: Φ `(m, n)`, or `(2 m, n)` of pairs, or `(m, n)` of 0 and 1 shown with a white reference.
        split: one of `SPLITS`.
    """
    if split == "none" or matrix.min() < 0:
        return matrix
    if split == "white":
        return 2 * matrix / matrix.max() - 1 if np.isin(matrix, (0, matrix.max())).all() else matrix
    if len(matrix) % 2:
        return matrix
    half = len(matrix) // 2
    positive, negative = (
        (matrix[::2], matrix[1::2]) if split == "interleaved" else (matrix[:half], matrix[half:])
    )
    return matrix if (positive * negative).any() else positive - negative


def _hadamard(frame, order, numbering, measurements, split):
    if frame is None:
        raise ValueError("Hadamard patterns need their height and width, as --frame=64,64.")
    if order is None:
        raise ValueError(
            f"Hadamard patterns need their order: --order={', '.join(orders.ORDERS)}, or a file of row "
            "numbers."
        )
    if frame[0] * frame[1] > LARGEST_FRAME:
        raise ValueError(
            f"A frame of {frame[0]}×{frame[1]} is too large; it has {LARGEST_FRAME} pixels at most."
        )
    # Which refuses sides that are no powers of two.
    found = Acquisition("hadamard", frame, rows=np.arange(1), split=split)
    _ = found.operator
    rows = row_orders.order_of(order, frame, numbering)
    rows = _first(rows, measurements, "Φ")
    return dataclasses.replace(found, rows=rows, open_end=measurements is None)


def _random(kind, frame, order, measurements, seed, split):
    if frame is None or measurements is None:
        raise ValueError("Random patterns need --frame=HEIGHT,WIDTH and --measurements, how many there are.")
    if order is not None:
        raise ValueError("Random patterns have no --order; the seed says it.")
    pixels = frame[0] * frame[1]
    if measurements > pixels or measurements * pixels > MOST_ENTRIES:
        raise ValueError(
            f"{measurements} random patterns of {frame[0]}×{frame[1]} are too many; they are as many as "
            f"pixels at most, and {MOST_ENTRIES} entries."
        )
    return Acquisition(kind, frame, None, random_matrix(kind, measurements, pixels, seed), split, seed)


def _first(rows, measurements, name):
    if measurements is not None and measurements > len(rows):
        raise ValueError(f"{name} has {len(rows)} rows; there are no {measurements}.")
    return rows[:measurements]


def _a_file(order):
    if not Path(order).suffix:
        raise ValueError(
            f"--order={order} is of Hadamard patterns; for a Φ of your own give a file of row numbers."
        )
    return order
