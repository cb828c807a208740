"""What the network for any Φ is measured on: Φ, noise, and what else rebuilds from the same y."""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from amp_net import images
from amp_net.bench.acquisition import random_matrix
from amp_net.images import blocks
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.operators import Dense, Hadamard
from amp_net.operators.gaussian import gaussian
from amp_net.operators.operator import Operator
from amp_net.operators.orders import order

GAUSSIAN_RATIOS = (1, 4, 10, 25, 30, 40, 50)
FRAME_RATIOS = (6, 12, 25, 50)
FRAMES = (64, 128)
FRAME_ORDERS = ("sequency", "cake_cutting", "random")
PHOTONS = (100, 1000, 10_000)
NOISES = (0, 0.01, 0.02, 0.05, 0.1)
SEED = 2026
"""Of every Φ by chance; those of the training are drawn by other seeds."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One Φ and one noise, for all images of a set.

    Attributes:
        study: which table it belongs to.
        dataset: `"set11"`, or `"frames"`: Set11 and scikit-image's photographs as small frames.
        phi: Φ in words.
        side: of a block or frame in pixels.
        cs_ratio: in percent.
        noise: in words, a number of photons or a standard deviation.
        make: gives Φ.
        measure: of images and Φ, gives y and the standard deviation of its noise.
    """

    study: str
    dataset: str
    phi: str
    side: int
    cs_ratio: int
    noise: str
    make: Callable[[], Operator]
    measure: Callable[[np.ndarray, Operator], tuple[np.ndarray, float]]

    def key(self) -> dict[str, str]:
        """The cells by which its rows are known again."""
        names = ("study", "dataset", "phi", "side", "cs_ratio", "noise")
        return {name: str(getattr(self, name)) for name in names}


def orthonormal_gaussian(side: int, cs_ratio: float) -> Dense:
    """Orthonormalised rows of Gaussian numbers."""
    return gaussian(measurements_for(cs_ratio, side), (side, side), SEED)


def zeros_and_ones(side: int, cs_ratio: float) -> Dense:
    """Half of the mirrors towards the detector, by chance."""
    rows = random_matrix("random_01", measurements_for(cs_ratio, side), side**2, SEED)
    return Dense(rows, (side, side))


def hadamard(side: int, name: str, cs_ratio: float) -> Hadamard:
    """Rows of a whole frame in an order."""
    rows = order(name, (side, side), SEED)[: measurements_for(cs_ratio, side)]
    return Hadamard((side, side), rows)


def exact(shown: np.ndarray, operator: Operator) -> tuple[np.ndarray, float]:
    """y without noise."""
    return np.asarray(operator.measure(shown)), 0.0


def gaussian_noise(deviation: float) -> Callable:
    """Adds noise of this standard deviation to y by orthonormal rows."""

    def measure(shown, operator):
        y = np.asarray(operator.measure(shown))
        added = np.random.default_rng(SEED).normal(size=y.shape) * deviation
        return (y + added).astype("float32"), float(deviation)

    return measure


def counted(photons: float) -> Callable:
    """Counts of a detector that sees so many photons of a white pixel while one pattern is shown.

    Their noise is told as the root of the mean count, as one knows it from the counts alone.
    """

    def measure(shown, operator):
        counts = np.random.default_rng(SEED).poisson(photons * np.asarray(operator.measure(shown), "float64"))
        return (counts / photons).astype("float32"), float(np.sqrt(counts.mean()) / photons)

    return measure


def cases(studies: tuple[str, ...]) -> list[Case]:
    """All cases of some studies: `"gaussian"`, `"noise"`, `"frames"`, `"photons"`."""
    found = []
    for ratio in GAUSSIAN_RATIOS:
        make = functools.partial(orthonormal_gaussian, 33, ratio)
        found.append(Case("gaussian", "set11", "Gaussian", 33, ratio, "0", make, exact))
    for ratio, deviation in itertools.product((10, 25, 50), NOISES):
        make, noisy = functools.partial(orthonormal_gaussian, 33, ratio), gaussian_noise(deviation)
        found.append(Case("noise", "set11", "Gaussian", 33, ratio, f"{deviation:g}", make, noisy))
    for side, name, ratio in itertools.product(FRAMES, FRAME_ORDERS, FRAME_RATIOS):
        make = functools.partial(hadamard, side, name, ratio)
        found.append(Case("frames", "frames", f"Hadamard, {name}", side, ratio, "0", make, exact))
    for ratio, photons in itertools.product((25, 50), PHOTONS):
        make, noisy, words = (
            functools.partial(zeros_and_ones, 32, ratio),
            counted(photons),
            f"{photons} photons",
        )
        found.append(Case("photons", "frames", "0/1 by chance", 32, ratio, words, make, noisy))
    return [case for case in found if case.study in studies]


def shown(case: Case, photographs: list[np.ndarray]) -> list[tuple[np.ndarray, tuple[int, int]]]:
    """What is measured of grey uint8 photographs: images of whole blocks `(1, H, W, 1)`, and their own size.

    Frames are the middle square, made smaller.
    """
    if case.dataset != "frames":
        units = [images.to_unit(photograph) for photograph in photographs]
        return [(blocks.padded(unit, case.side)[None, ..., None], unit.shape) for unit in units]
    found = []
    for photograph in photographs:
        side = min(photograph.shape)
        top, left = ((length - side) // 2 for length in photograph.shape)
        square = photograph[top : top + side, left : left + side]
        small = cv2.resize(square, (case.side, case.side), interpolation=cv2.INTER_AREA)
        found.append((images.to_unit(small)[None, ..., None], small.shape))
    return found


def network_of(network: Any) -> Callable:
    """Rebuilds by an `AnyPhiAMPNet`."""
    last: dict[int, Any] = {}

    def rebuild(operator, y, noise):
        if id(operator) not in last:
            last.clear()
            last[id(operator)] = network.at(operator)
        return np.asarray(last[id(operator)].reconstruct(y, noise))

    return rebuild
