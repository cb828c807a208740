"""From y to pixels for a Φ that is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from amp_net.classical.amp import ClassicalAMP
from amp_net.images import blocks
from amp_net.layers.beyond.across_blocks import TURNS
from amp_net.measurements.whole_images import check_way, rebuild_planes
from amp_net.models import presets
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.operators import orthonormal
from amp_net.operators.operator import Operator

METHODS = ("network", "amp", "pinv")
"""The network for any Φ; the classical iteration; the linear reconstruction, Φ's pseudo-inverse."""
AT_ONCE = 2**18
"""Pixels that the network rebuilds at once, of many frames."""
Solver = Callable[[np.ndarray, float], np.ndarray]


def solver(method: str, operator: Operator, preset: str | None = None, way: str | None = None) -> Solver:
    """A function of y and the noise in it that gives images.

    It takes y, `(frames, rows, columns, m)`, and the standard deviation of its noise, and gives `(frames,
    height, width)`, not clipped.

    Args:
        method: one of `METHODS`.
        operator: Φ.
        preset: name or folder of a network for any Φ; None for the one of this package.
        way: of the network, `"whole"` or `"ensemble"`; None for the former.

    Raises:
        ValueError: if there is no such way, Φ is of a kind that the method does not take, or there is no such
            network.
    """
    if method == "amp":
        return _amp(operator)
    if method == "pinv":
        return _pseudo_inverse(operator)
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

    def rebuild(y: np.ndarray, noise: float) -> np.ndarray:
        step = max(1, AT_ONCE // (y.shape[1] * y.shape[2] * operator.shape[1]))
        return np.concatenate([mean(y[start : start + step], noise) for start in range(0, len(y), step)])

    return rebuild


def _amp(operator: Operator) -> Solver:
    height, width = operator.block_shape
    if height != width:
        raise ValueError(f"--method=amp takes square patterns, not {height}×{width}; take another method.")
    model = ClassicalAMP(operator.matrix)

    def rebuild(y: np.ndarray, noise: float) -> np.ndarray:
        found = [blocks.through(model.reconstruct, each.reshape(-1, y.shape[3])) for each in y]
        return np.stack([blocks.merge(each, (y.shape[1] * height, y.shape[2] * width)) for each in found])

    return rebuild


def _pseudo_inverse(operator: Operator) -> Solver:
    rows, whitening = orthonormal(operator)

    def rebuild(y: np.ndarray, noise: float) -> np.ndarray:
        return ops.convert_to_numpy(rows.adjoint(whitening(y)))[..., 0]

    return rebuild
