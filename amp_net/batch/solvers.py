"""From y to pixels for a Φ that is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from amp_net.classical import methods
from amp_net.command_line import progress
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.measurements.whole_images import LARGEST, check_way, rebuild_planes
from amp_net.models import presets
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.models.fixed.at_operator import AtOperator
from amp_net.operators.operator import Operator
from amp_net.storage.kept import Kept

AT_ONCE = 2**18
"""Pixels that the network rebuilds at once, of many frames."""
Solver = Callable[[np.ndarray, float, Kept | None], np.ndarray]


def solver(method: str, operator: Operator, preset: str | None = None, way: str | None = None) -> Solver:
    """A function of y and the noise in it that gives images.

    It takes y, `(frames, rows, columns, m)`, the standard deviation of its noise, and where pieces of a large
    frame are kept, or None; it gives `(frames, height, width)`, not clipped.

    Args:
        method: `"network"`, the one for any Φ, or a method of `classical.methods`.
        operator: Φ.
        preset: name or folder of a network for any Φ; None for the one of this package.
        way: `"whole"`; of the network `"ensemble"`, of a method `"blockwise"`; None for the first.

    Raises:
        ValueError: if there is no such way, Φ is of a kind that the method does not take, or there is no such
            network.
    """
    if method != "network":
        return _classical(method, operator, way)
    if preset is None and not presets.shipped(AnyPhiAMPNet.KIND):
        raise ValueError(
            "This package holds no network for any Φ; take --method=amp or pinv, or give --preset."
        )
    return _network(AnyPhiAMPNet.from_preset(*([] if preset is None else [preset])), operator, way)


def of_model(model: Any, way: str | None = None) -> Solver:
    """The same of a network for one Φ, which is told no noise.

    Args:
        model: an `AMPNet` or `AtRatio`, `optimized` or not.
        way: one of `whole_images.WAYS`, or None.
    """

    def rebuild(y: np.ndarray, noise: float, kept: Kept | None = None) -> np.ndarray:
        size = model.block_size
        images = np.empty((len(y), y.shape[1] * size, y.shape[2] * size), "float32")
        for image, each in zip(images, _one_by_one(y), strict=True):
            pieces = kept if len(y) == 1 else None
            rebuild_planes(each[:, :, np.newaxis], model, image[..., np.newaxis], way, kept=pieces)
        return images

    return rebuild


class _Told:
    """A network at one Φ that is told the noise, for images in tiles."""

    WAYS, MARGIN, STEP = AtOperator.WAYS, AtOperator.MARGIN, AtOperator.STEP

    def __init__(self, at: AtOperator, noise: float) -> None:
        self.at, self.noise, self.block_size = at, noise, at.block_size

    def reconstruct(self, measurements: Any, turn: int = 0) -> Any:
        return self.at.reconstruct(measurements, self.noise, turn)


def _network(network: AnyPhiAMPNet, operator: Operator, way: str | None) -> Solver:
    at = network.at(operator)
    check_way(way or "whole", at)
    turns = TURNS if way == "ensemble" else TURNS[:1]

    def mean(y: np.ndarray, noise: float) -> np.ndarray:
        found = (ops.convert_to_numpy(at.reconstruct(y, noise, turn)) for turn in turns)
        return sum(found)[..., 0] / len(turns)

    def rebuild(y: np.ndarray, noise: float, kept: Kept | None = None) -> np.ndarray:
        height, width = at.block_shape
        if max(y.shape[1:3]) > LARGEST and height == width:
            return of_model(_Told(at, noise), way)(y, noise, kept)
        step = max(1, AT_ONCE // (y.shape[1] * y.shape[2] * operator.shape[1]))
        starts = _one_by_one(range(0, len(y), step))
        return np.concatenate([mean(y[start : start + step], noise) for start in starts])

    return rebuild


def _classical(method: str, operator: Operator, way: str | None) -> Solver:
    find = methods.find(method)
    height, width = operator.block_shape

    def blockwise(y: np.ndarray) -> np.ndarray:
        rows, columns, count = y.shape
        found = find(operator, y.reshape(-1, 1, 1, count)).reshape(rows, columns, height, width)
        return found.swapaxes(1, 2).reshape(rows * height, columns * width)

    def rebuild(y: np.ndarray, noise: float, kept: Kept | None = None) -> np.ndarray:
        # A frame at a time, since some methods estimate of what they are given.
        if way == "blockwise":
            return np.stack([blockwise(each) for each in _one_by_one(y)])
        return np.concatenate([find(operator, each[np.newaxis])[..., 0] for each in _one_by_one(y)])

    return rebuild


def _one_by_one(frames: Any) -> Any:
    """Several frames, or groups of them, with a bar that says how far they are."""
    return progress.bar(frames, "frame") if len(frames) > 1 else frames
