"""Checks of the fields of a network, before it is built of them."""

import numpy as np

from amp_net.images.formats.limits import LARGEST_BLOCK
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.models.inputs.sensing_matrix import MOST_ENTRIES, check_entries
from amp_net.models.learning.losses import LOSSES

LARGEST = {"stages": 100, "channels": 1024, "blocks": 100, "block_size": LARGEST_BLOCK, "measurements": 2**16}
"""Fields that are whole numbers, and what they may be at most."""
MOST_FEATURES = 2**22
"""Stages times the square of the feature maps at most, by which the convolutions' weights grow."""
SWITCHES = ("initialization_attention", "spatial_attention", "channel_attention", "trainable_sensing")
POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
"""Keras dtype policies of the CNN; sensing, skips and Onsager term are computed in float32 under each."""
NAMES = ("activation", "normalization", "residual", "sensing_start", "loss_penalty")


def check_size(config):
    """Raises a ValueError if a field that makes a network large is no whole number or beyond its limit.

    Args:
        config: fields of `AMPNet` or `AnyRatioAMPNet`.
    """
    for field, most in LARGEST.items():
        value = config.get(field, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"The field {field} is {_shown(value)}; it must be a whole number of at least 1."
            )
        if value > most:
            raise ValueError(f"The field {field} is {_shown(value)}; it must be at most {most}.")
    size = config["stages"] * config.get("blocks", 1) * config["channels"] ** 2
    if size > MOST_FEATURES:
        raise ValueError(
            f"{config['stages']} stages of {config['channels']} channels make too large a network; stages "
            f"times channels² is at most {MOST_FEATURES}."
        )
    check_entries(config.get("measurements", 1), config["block_size"] ** 2)


def check_switch(config, field):
    """Raises a ValueError if a field is neither true nor false."""
    if not isinstance(config[field], bool):
        raise ValueError(f"The field {field} is {_shown(config[field])}; it must be true or false.")


def check_policy(policy):
    """Raises a ValueError if `AMPNet` cannot be computed under a Keras dtype policy."""
    if policy.name not in POLICIES:
        raise ValueError(f"The dtype is {policy.name!r}; it is one of {', '.join(POLICIES)}.")


def checked_fields(**config):
    """The fields of `AMPNet` with NumPy's numbers as Python's, which can be written into a preset.

    Raises:
        ValueError: if a field is of another type or outside its range.
    """
    config = {
        field: value.item() if isinstance(value, np.generic) else value for field, value in config.items()
    }
    check_size(config)
    units, pixels = config["initialization_attention_units"], config["block_size"] ** 2
    if units is not None:
        if not isinstance(units, int) or isinstance(units, bool) or units < 1:
            raise ValueError(
                f"The field initialization_attention_units is {_shown(units)}; it must be a whole number of "
                "at least 1."
            )
        if units > MOST_ENTRIES // pixels:
            raise ValueError(
                f"The field initialization_attention_units is {_shown(units)}; it must be at most "
                f"{MOST_ENTRIES // pixels} with blocks of {config['block_size']}×{config['block_size']}."
            )
    for field in SWITCHES:
        check_switch(config, field)
    for field in NAMES:
        if not isinstance(config[field], str):
            raise ValueError(f"The field {field} is {_shown(config[field])}; it must be a name.")
    for field in ("cs_ratio", "sensing_gain", "epsilon", "symmetry_weight", "onsager", "symmetry_fraction"):
        value = config[field]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
            raise ValueError(f"The field {field} is {_shown(value)}; it must be a finite number.")
    for field in ("sensing_gain", "epsilon"):
        if config[field] <= 0:
            raise ValueError(f"The field {field} is {config[field]}; it must be above 0.")
    if not 1e-30 <= config["sensing_gain"] <= 1e30:
        raise ValueError(f"The field sensing_gain is {config['sensing_gain']:g}; scale the matrix.")
    if config["symmetry_weight"] < 0:
        raise ValueError(f"The field symmetry_weight is {config['symmetry_weight']}; it must not be below 0.")
    fraction = config["symmetry_fraction"]
    if not 1e-9 < fraction <= 1 or abs(1 / fraction - round(1 / fraction)) > 1e-6:
        raise ValueError(f"The symmetry fraction is {fraction:g}; it must be 1, 1/2, 1/3 or so on.")
    if config["loss_penalty"] not in LOSSES:
        raise ValueError(f"The loss penalty is {', '.join(LOSSES)}, not {config['loss_penalty']!r}.")
    check_entries(measurements_for(config["cs_ratio"], config["block_size"]), pixels)
    return config


def _shown(value):
    """A value of whatever kind, in not too many characters."""
    # Python does not write out whole numbers of more than some thousand digits.
    text = f"{float('inf')} or so" if isinstance(value, int) and abs(value) > 1e308 else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
