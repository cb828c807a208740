"""What can be set side by side: our networks, and methods that need no training."""

import functools
import importlib.util
from typing import Any

import numpy as np

from amp_net.classical.at_operator import Classical
from amp_net.evaluation import compared
from amp_net.models import networks
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.fixed.by_turn import ByTurn
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS, measurements_for
from amp_net.operators.gaussian import gaussian

ANY_RATIO, ANY_PHI = "one network for every ratio", "network for any Φ"
PAPER = {"AMPA-Net": "ampa_net", "AMP-Net": "amp_net"}
"""The paper's networks, and what their presets' names begin with."""
CLASSICAL = {
    "total variation": "tv",
    "AMP": "amp",
    "FISTA": "fista",
    "D-AMP, non-local means": "nlm_amp",
    "D-AMP, BM3D": "bm3d_amp",
    "pseudo-inverse": "pinv",
}
"""Methods of `classical.methods`, by what the page calls them."""
LOWEST, HIGHEST = 1.0, 50.0
"""CS ratios in percent that the one network takes."""
MOST_MODELS = 12
"""That are kept."""


def names() -> list[str]:
    """All that can be computed here; BM3D where it is installed."""
    bm3d = importlib.util.find_spec("bm3d") is not None
    classical = [name for name, method in CLASSICAL.items() if method != "bm3d_amp" or bm3d]
    return [ANY_RATIO, *PAPER, ANY_PHI, *classical]


def ratio_of(name: str, cs_ratio: float) -> float:
    """The CS ratio in percent at which a method is shown: of the paper's networks the nearest of seven."""
    if name not in PAPER:
        return cs_ratio
    return min(PUBLISHED_MEASUREMENTS, key=lambda ratio: abs(ratio - cs_ratio))


@functools.lru_cache(maxsize=MOST_MODELS)
def find(name: str, cs_ratio: float, noise_std: float = 0.0) -> Any:
    """A model that senses and rebuilds, as `evaluate` takes it.

    Methods for any Φ take the orthonormal Gaussian rows that `evaluate --method` takes.

    Args:
        name: one of `names`.
        cs_ratio: in percent, as `ratio_of` gives it.
        noise_std: that is added to y, relative to its RMS, which the network for any Φ is told.

    Raises:
        ValueError: if there is no such ratio.
    """
    if name == ANY_RATIO:
        at = _one_network().at(cs_ratio)
        # To compile it would take longer than the image, anew for each ratio.
        at.functions = ByTurn(lambda turn: functools.partial(at.network.reconstruct, turn=turn))
        return at
    if name in PAPER:
        return networks.load(f"{PAPER[name]}_cs{cs_ratio:g}").optimized()
    if name == ANY_PHI:
        return _any_phi(cs_ratio, noise_std)
    (model,) = compared.compared([CLASSICAL[name]], [cs_ratio]).values()
    return model


def trained(name: str, cs_ratio: float) -> Any:
    """The network itself, whose stages can be looked at; None for what has none of its own."""
    if name == ANY_RATIO:
        return _one_network()
    return networks.load(f"{PAPER[name]}_cs{ratio_of(name, cs_ratio):g}") if name in PAPER else None


@functools.cache
def _one_network() -> AnyRatioAMPNet:
    return AnyRatioAMPNet.from_preset()


def _any_phi(cs_ratio: float, noise_std: float) -> Classical:
    side = compared.SIDE
    operator = gaussian(measurements_for(cs_ratio, side), (side, side), seed=0)
    return compared.of_any_phi(operator, lambda y: noise_std * float(np.sqrt(np.mean(np.square(y)))))
