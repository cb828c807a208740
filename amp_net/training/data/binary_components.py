"""Patterns of ±1 that keep the most energy of image blocks, one after the other."""

import numpy as np
from scipy.sparse.linalg import eigsh

LEADING = 8
"""Eigenvectors of what is left, near whose signs the next pattern is looked for."""
SMALLEST = 1e-6
"""Part of a pattern that must be new, of its n, in squares."""


def binary_components(
    moment: np.ndarray, measurements: int, starts: int = 4, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ±1 whose first m, for every m, span nearly as much energy as such rows can.

    Each row is chosen after those before it. Of what it adds to their span, a unit vector q, it keeps the
    energy qᵀ M q. From the signs of a vector that keeps much, the one sign is turned that raises the energy
    most, until none does; of several such climbs the highest counts.

    >>> rows, _ = binary_components(np.ones((16, 16)) + np.eye(16), 1)
    >>> abs(int(rows.sum()))
    16

    Args:
        moment: M, `(n, n)`, the sum of x xᵀ over blocks x, see `principal_components.second_moment`.
        measurements: how many rows.
        starts: climbs for a row from leading directions mixed by chance, beside those from the three
            strongest.
        seed: of chance.

    Returns:
        Rows of ±1, int8 `(measurements, n)`, and the share of the energy that the first m leave, for each m.

    Raises:
        ValueError: if there are more rows than n, or so many that eigenvectors of what is left are too few.
    """
    n = len(moment)
    if measurements > n - LEADING:
        raise ValueError(f"{measurements} patterns of {n} pixels are too many; give {n - LEADING} at most.")
    random = np.random.default_rng(seed)
    left, new = np.array(moment, "float64"), np.eye(n)
    total, rows, shares = np.trace(left), [], []
    for _ in range(measurements):
        values, vectors = eigsh(left, k=LEADING, which="LA", v0=random.standard_normal(n))
        mixed = random.standard_normal((starts, LEADING)) * np.sqrt(np.maximum(values, 0))
        climbed = [_climb(start, left, new) for start in [*vectors.T[-3:], *(mixed @ vectors.T)]]
        _, row = max(climbed, key=lambda found: found[0])
        added = new @ (new @ row)
        added /= np.linalg.norm(added)
        explained = left @ added
        left -= np.outer(added, explained) + np.outer(explained, added)
        left += (added @ explained) * np.outer(added, added)
        new -= np.outer(added, added)
        rows.append(row)
        shares.append(np.trace(left) / total)
    return np.array(rows, "int8"), np.array(shares)


def _climb(start: np.ndarray, left: np.ndarray, new: np.ndarray) -> tuple[float, np.ndarray]:
    """The energy that a row of ±1 adds, and the row, near a start."""
    row = np.where(start >= 0, 1.0, -1.0)
    seen, fresh = left @ row, new @ row
    energy, length = row @ seen, row @ fresh
    of_left, of_new = 4 * np.diag(left), 4 * np.diag(new)
    while True:
        energies, lengths = energy - 4 * row * seen + of_left, length - 4 * row * fresh + of_new
        enough = lengths > SMALLEST * len(row)
        gains = np.where(enough, energies / np.where(enough, lengths, 1), -np.inf)
        best = int(np.argmax(gains))
        if gains[best] <= energy / length * (1 + 1e-9):
            return energy / length, row
        energy, length = energies[best], lengths[best]
        seen -= 2 * row[best] * left[:, best]
        fresh -= 2 * row[best] * new[:, best]
        row[best] = -row[best]
