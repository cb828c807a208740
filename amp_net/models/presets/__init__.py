"""Presets: a folder with `config.json`, `metadata.json`, `model.weights.h5` and a model card for each model.

Learned weights are stored in float16 and loaded as float32, see `half_precision`. What is not learned, such
as a camera's Φ, keeps its exact values. A preset may hold only the arrays in which it differs from another
of this package, which its metadata name as `rest_of`.
"""

from amp_net.models.presets.loading import load
from amp_net.models.presets.preset_folders import (
    CARD,
    CONFIG,
    CURVE,
    LONGEST_NAME,
    METADATA,
    WEIGHTS,
    find,
    identity,
    is_any_phi,
    is_any_ratio,
    load_metadata,
    shipped,
)
from amp_net.models.presets.saving import save, save_metadata

__all__ = [
    "CARD",
    "CONFIG",
    "CURVE",
    "LONGEST_NAME",
    "METADATA",
    "WEIGHTS",
    "find",
    "identity",
    "is_any_phi",
    "is_any_ratio",
    "load",
    "load_metadata",
    "save",
    "save_metadata",
    "shipped",
]
