"""What is trained of the networks that the paper compares with, and how each starts."""

import dataclasses

import numpy as np

from amp_net.evaluation import published
from amp_net.models import rival_presets
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.operators.gaussian import gaussian
from amp_net.training.data.principal_components import principal_components
from experiments.recipe.plan import NEIGHBOUR
from experiments.shared.linear import linear_recovery

SIDE = 33
OURS = {"amp_net_gaussian": (), "ampa_net_gaussian": ("initialization", "spatial", "channel")}
"""Our networks with a Gaussian Φ that is kept, as the paper's text has it, and their attentions."""
NAMES = (*rival_presets.NETWORKS, *OURS)
TITLES = {
    **published.METHODS,
    "amp_net_gaussian": "AMP-Net of Gaussian Φ",
    "ampa_net_gaussian": "AMPA-Net of Gaussian Φ",
}
"""What the page calls them; where the paper has figures, it calls them so too."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Those of ours are the shipped presets'. The others' authors train for a million steps or 200 epochs at
    rates of 1e-4; in minutes these get nowhere, so that the rate is higher, falls, and gradients are clipped.

    Attributes:
        optimizer, learning_rate, clip_norm: see `make_optimizer`.
        batch_size: blocks, or windows, a step.
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    clip_norm: float = 1.0
    batch_size: int = 32


def settings_of(name):
    """The `Settings` of one of `NAMES`."""
    if name in OURS:
        return Settings("muon", 2.5e-3, 0.1)
    return Settings(batch_size=32 if rival_presets.class_of(name).WINDOW == 1 else 8)


def class_of(name):
    """The class of one of `NAMES`."""
    from amp_net import AMPNet

    return AMPNet if name in OURS else rival_presets.class_of(name)


def make(name, ratio, policy):
    """A new network of one of `NAMES` for a CS ratio in percent, under a Keras dtype policy."""
    fields = {"cs_ratio": ratio, "dtype": policy}
    if name in OURS:
        fields |= {f"{attention}_attention": True for attention in OURS[name]}
        fields["trainable_sensing"] = False
    return class_of(name)(**fields)


def window(name):
    """Side in pixels of what a network is trained with."""
    if name in OURS:
        return SIDE
    kind = rival_presets.class_of(name)
    return kind.WINDOW * kind.BLOCK_SIZE


def start(name, model, crops, source=None):
    """Sets Φ, the linear start, and what a trained network of another CS ratio has learned.

    A Φ that is kept is `operators.gaussian`, with the best linear recovery; one that is learned starts as the
    principal components.

    Args:
        name: of `NAMES`.
        model: a new network.
        crops: a function of a side that gives uint8 training crops of it.
        source: the other network, or None.
    """
    if name == "fcmn":
        kernel, back = model.sensing.kernel, model.initialization.kernel
        rows = principal_components(crops(kernel.shape[0]), model.measurements)
        values = rows.T.reshape(kernel.shape)
        kernel.assign(values)
        # Four windows cover a pixel.
        back.assign(values.reshape(back.shape) / 4)
    elif name in OURS:
        known = crops(SIDE)
        matrix = gaussian(model.measurements, (SIDE, SIDE)).matrix
        _start_ours(model, source, known, matrix)
    elif model.LEARNS_SENSING:
        rows = principal_components(crops(SIDE), model.measurements)
        model.set_sensing_matrix(rows, rows)
    else:
        matrix = gaussian(model.measurements, (SIDE, SIDE)).matrix
        model.set_sensing_matrix(matrix, linear_recovery(matrix, crops(SIDE)))
    if source is not None and name not in OURS:
        linear = {id(weight) for layer in (model.sensing, model.initialization) for weight in layer.weights}
        for weight, trained in zip(model.weights, source.weights, strict=True):
            if id(weight) not in linear:
                weight.assign(trained)


def neighbour(ratio):
    """The CS ratio in percent from which another starts, or None."""
    return NEIGHBOUR.get(ratio)


def measurements(name, ratio):
    """m of a network at a CS ratio."""
    return measurements_for(ratio, SIDE if name in OURS else rival_presets.class_of(name).BLOCK_SIZE)


def _start_ours(model, source, known, matrix):
    from amp_net.training.warm_start import warm_start

    if source is not None:
        warm_start(model, source, known, matrix)
    else:
        model.set_sensing_matrix(matrix)
    recovery, attention = linear_recovery(matrix, known), model.initialization.attention
    if attention is not None:
        # Zeros give each of the pixels the same weight, whose inverse this is.
        attention.kernel.assign(np.zeros(attention.kernel.shape))
        recovery = recovery * attention.pixels
    model.initialization.kernel.assign(recovery)
