"""The trained networks of others by name: their classes, where their weights are, and what makes them."""

import importlib
from pathlib import Path
from typing import Any

NETWORKS = {
    "recon_net": "amp_net.models.rivals.recon_net:ReconNet",
    "ad_recon_net": "amp_net.models.rivals.ad_recon_net:AdReconNet",
    "dr2_net": "amp_net.models.rivals.dr2_net:DR2Net",
    "fcmn": "amp_net.models.rivals.fcmn:FCMN",
    "full_conv": "amp_net.models.rivals.full_conv:FullConv",
    "ista_net": "amp_net.models.rivals.ista_net:ISTANet",
    "ista_net_plus": "amp_net.models.rivals.ista_net:ISTANetPlus",
    "admm_net": "amp_net.models.rivals.admm_net:ADMMNet",
}
"""Networks that sense and rebuild. A file is imported when its network is asked for."""
DENOISER = "amp_net.models.rivals.dn_cnn:DnCNN"
FOLDER = Path("runs", "rivals")
"""Where the commands write weights, in the folder that they are called in; a preset each."""


def label(name: str, cs_ratio: float) -> str:
    """What the weights of a network at a CS ratio are called.

    >>> label("ista_net_plus", 25)
    'ista_net_plus_cs25'
    """
    return f"{name}_cs{cs_ratio:g}"


def class_of(name: str) -> Any:
    """The class of one of `NETWORKS`."""
    return _imported(NETWORKS[name])


def load(name: str, cs_ratio: float) -> Any:
    """One of `NETWORKS` with its weights, a `Rival`: shipped ones, or those of `FOLDER`.

    Raises:
        ValueError: if there are no weights, and then it says what makes them; or they are damaged.
    """
    command = f"python -m experiments.peers.train_rivals --methods={name} --cs_ratios={cs_ratio:g}"
    return _loaded(NETWORKS[name], label(name, cs_ratio), command)


def load_denoiser() -> Any:
    """The denoiser of LD-AMP, a `DnCNN`; raises what `load` does."""
    return _loaded(DENOISER, "dn_cnn", "python -m experiments.peers.dn_cnn")


def _loaded(place: str, name: str, command: str) -> Any:
    # Keras comes with it, and a command needs the names alone before it has set Keras up.
    from amp_net.models import presets

    folder = presets.shipped(None).get(name, FOLDER / name)
    if not (folder / presets.CONFIG).is_file():
        raise ValueError(
            f"There are no weights in {folder}; `{command}` in a clone of this package makes them."
        )
    return presets.load(_imported(place), folder)


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
