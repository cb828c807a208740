"""From y to pixels for a Φ that is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from amp_net.batch.reconstructors import NETWORK
from amp_net.classical.methods import Method, find
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.measurements.whole_images import check_way, rebuild_planes
from amp_net.models import presets
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.operators.operator import Operator

AT_ONCE = 2**18
"""Pixels that are rebuilt at once, of many frames."""
Solver = Callable[[np.ndarray, float], np.ndarray]


def solver(method: str, operator: Operator, preset: str | None = None, way: str | None = None) -> Solver:
    """A function of y and the noise in it that gives images.

    It takes y, `(frames, rows, columns, m)`, and the standard deviation of its noise, and gives `(frames,
    height, width)`, not clipped.

    Args:
        method: `NETWORK`, that for any Φ, or a method of `classical.methods`.
        operator: Φ.
        preset: name or folder of a network for any Φ; None for the one of this package.
        way: `"whole"`, or None for it; of the network `"ensemble"`; of a method `"blockwise"`.

    Raises:
        ValueError: if there is no such way, method or network, or Φ is of a kind that it does not take.
    """
    if method != NETWORK:
        return _classical(find(method), operator, way)
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

    def rebuild(y: np.ndarray, noise: float) -> np.ndarray:
        size = model.block_size
        images = np.empty((len(y), y.shape[1] * size, y.shape[2] * size), "float32")
        for image, each in zip(images, y, strict=True):
            rebuild_planes(each[:, :, np.newaxis], model, image[..., np.newaxis], way)
        return images

    return rebuild


def _network(network: AnyPhiAMPNet, operator: Operator, way: str | None) -> Solver:
    at = network.at(operator)
    check_way(way or "whole", at)
    turns = TURNS if way == "ensemble" else TURNS[:1]

    def mean(y: np.ndarray, noise: float) -> np.ndarray:
        found = (ops.convert_to_numpy(at.reconstruct(y, noise, turn)) for turn in turns)
        return sum(found)[..., 0] / len(turns)

    return _in_parts(mean, operator)


def _classical(method: Method, operator: Operator, way: str | None) -> Solver:
    def rebuild(y: np.ndarray, noise: float) -> np.ndarray:
        if way != "blockwise":
            return method(operator, y)[..., 0]
        (frames, rows, columns, count), (height, width) = y.shape, operator.block_shape
        blocks = method(operator, y.reshape(-1, 1, 1, count)).reshape(frames, rows, columns, height, width)
        return blocks.swapaxes(2, 3).reshape(frames, rows * height, columns * width)

    return _in_parts(rebuild, operator)


def _in_parts(rebuild: Solver, operator: Operator) -> Solver:
    """The same, a part of many frames after the other."""

    def each(y: np.ndarray, noise: float) -> np.ndarray:
        step = max(1, AT_ONCE // (y.shape[1] * y.shape[2] * operator.shape[1]))
        return np.concatenate([rebuild(y[start : start + step], noise) for start in range(0, len(y), step)])

    return each
