"""Methods for any Φ, ready to be measured beside presets."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops

from amp_net.classical.at_operator import Classical
from amp_net.classical.trained import check_matrix
from amp_net.models import rival_presets
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.models.inputs.sensing_matrix import sensing_matrix
from amp_net.operators.dense import Dense
from amp_net.operators.gaussian import gaussian
from amp_net.operators.operator import Operator

SIDE = 33
"""Of a block in pixels, as the paper's."""
RATIO = 25
"""The CS ratio in percent where none is said."""
NETWORK = "any_phi"
"""The method that is the trained network for any Φ."""


def compared(
    methods: Sequence[str], cs_ratios: Sequence[float] = (), seed: int = 0, phi: np.ndarray | None = None
) -> dict[str, Any]:
    """For `evaluate`, each method with each Φ.

    Args:
        methods: names, see `classical.methods`, or `NETWORK`.
        cs_ratios: in percent, at which blocks of 33×33 are sensed with the orthonormal Gaussian rows of a
            seed, or by the Φ that a method has learned; none for `RATIO`.
        seed: of these rows.
        phi: Φ, `(m, n)`, instead.

    Returns:
        A dict from a name with the CS ratio, as `"tv_cs25"`, to a model.

    Raises:
        ValueError: if there is no such method, ratio or Φ, both of the latter are given, or a method is
            trained for another Φ or has no weights.
    """
    if phi is None:
        counts = {ratio: measurements_for(ratio, SIDE) for ratio in cs_ratios or [RATIO]}
        operators = {ratio: gaussian(count, (SIDE, SIDE), seed) for ratio, count in counts.items()}
        pairs = itertools.product(methods, operators)
        return {_label(name, ratio): _model(operators[ratio], name, ratio) for name, ratio in pairs}
    if cs_ratios:
        raise ValueError("Give a CS ratio or a sensing matrix, which has its own, not both.")
    phi = sensing_matrix(phi)
    ratio = 100 * phi.shape[0] / phi.shape[1]
    operator = Dense(phi, (math.isqrt(phi.shape[1]),) * 2)
    return {_label(name, ratio): _model(operator, name) for name in methods}


def _model(operator: Operator, method: str, learned_at: float | None = None) -> Any:
    """A model of a method; `learned_at` is the CS ratio of a network that may have a Φ of its own."""
    if method in rival_presets.NETWORKS and learned_at is not None:
        network = rival_presets.load(method, learned_at)
        if not network.LEARNS_SENSING:
            check_matrix(method, network, operator)
        return network
    return of_any_phi(operator) if method == NETWORK else Classical(operator, method)


def of_any_phi(operator: Operator, noise_of: Callable[[np.ndarray], float] = lambda y: 0.0) -> Classical:
    """The trained network for any Φ as a method for one.

    Args:
        operator: Φ.
        noise_of: gives the σ of the noise in y that the network is told.
    """
    at = AnyPhiAMPNet.from_preset().at(operator)
    model = Classical(operator, lambda _, y: ops.convert_to_numpy(at.reconstruct(y, noise_of(y))))
    model.WAYS, model.MARGIN, model.STEP = ("whole",), at.MARGIN, at.STEP
    return model


def _label(method, ratio):
    # No colon, since images are saved in folders of this name.
    return f"{method.replace(':', '.')}_cs{ratio:.3g}"
