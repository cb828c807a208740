"""Checks of what a user hands to a model."""

import math

import keras
import numpy as np
from keras import ops

from amp_net import backends
from amp_net.images.limits import LARGEST_BLOCK
from amp_net.layers.sensing import check_scale
from amp_net.models.cs_ratios import measurements_for
from amp_net.models.losses import LOSSES

LARGEST = {"stages": 100, "channels": 1024, "blocks": 100, "block_size": LARGEST_BLOCK, "measurements": 2**16}
"""Fields that are whole numbers, and what they may be at most."""
MOST_ENTRIES = 2**26
"""Entries of a sensing matrix at most, such as 4096 measurements of 128×128 pixels."""
MOST_FEATURES = 2**22
"""Stages times the square of the feature maps at most, by which the convolutions' weights grow."""
SWITCHES = ("initialization_attention", "spatial_attention", "channel_attention", "trainable_sensing")
NAMES = ("activation", "normalization", "residual", "sensing_start", "loss_penalty")
FAR = 8.0
"""Values beyond this are no pixels in [0, 1], with whatever noise, but pixels from 0 to 255 or more."""


def checked(values, shape, what):
    """A batch as float32, if it is one of floats with the given shape.

    Args:
        values: anything Keras takes for a tensor.
        shape: the shape of one element of the batch; None stands for any size.
        what: what the values are called in an error.

    Raises:
        ValueError: if the values are not floats, their shape is not `(batch, *shape)`, or the batch is empty.
    """
    values = ops.convert_to_tensor(values)
    dtype = keras.backend.standardize_dtype(values.dtype)
    if "float" not in dtype:
        raise ValueError(f"The {what} are {dtype}; they must be floating-point numbers.")
    found = tuple(values.shape)
    one = found[1:]
    if len(one) != len(shape) or any(None not in (a, b) and a != b for a, b in zip(one, shape, strict=True)):
        raise ValueError(
            f"The {what} have shape {found}; this model needs "
            f"(batch, {', '.join('any' if side is None else str(side) for side in shape)})."
        )
    if 0 in found:
        raise ValueError(f"There are no {what}; give one or more.")
    if None in one:
        # Where a traced function takes any shape, it is the values that must be looked at.
        values = backends.with_shape(values, (None, *shape))
    return ops.cast(values, "float32")


def checked_measurements(measurements, count):
    """Measurements as float32, finite, with `count` of each block.

    Args:
        measurements: `(batch, m)` of single blocks, or `(batch, rows, columns, m)` of images of blocks.
        count: m.

    Raises:
        ValueError: if they have another shape, are not of floats, or hold NaN or infinity.
    """
    measurements = ops.convert_to_tensor(measurements)
    shape = (None, None, count) if len(measurements.shape) == 4 else (count,)
    return finite(checked(measurements, shape, "measurements"), "measurements")


def finite(values, what):
    """The values themselves, if none is NaN or infinite.

    Inside a traced function there are no values to look at yet, and nothing is checked.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    if backends.has_values(values) and not bool(ops.all(ops.isfinite(values))):
        raise ValueError(f"The {what} hold NaN or infinity; they must be finite numbers.")
    return values


def in_unit(values, what):
    """The values themselves, if they are finite and none is so far outside of [0, 1] as 8-bit pixels are.

    Inside a traced function there are no values to look at yet, and nothing is checked.

    Raises:
        ValueError: if a value is NaN, infinite, or beyond ±`FAR`.
    """
    if backends.has_values(values) and not bool(ops.all(ops.abs(values) <= FAR)):
        finite(values, what)
        low, high = float(ops.min(values)), float(ops.max(values))
        raise ValueError(
            f"The {what} reach from {low:.6g} to {high:.6g}; they must be in [0, 1], so divide 8-bit pixels "
            "by 255."
        )
    return values


def sensing_matrix(matrix):
    """A given sensing matrix Φ `(m, n)` as float32, if it can be one.

    Raises:
        ValueError: if it has no rows, more rows than columns, a number of columns that is not the square of a
            block's side, more entries than `MOST_ENTRIES`, such as are complex, not finite, or too small or
            large to compute with in float32.
    """
    if np.iscomplexobj(matrix):
        raise ValueError("The sensing matrix has complex entries; give real numbers only.")
    matrix = np.asarray(matrix, "float32")
    if matrix.ndim != 2 or 0 in matrix.shape or math.isqrt(matrix.shape[1]) ** 2 != matrix.shape[1]:
        raise ValueError(
            f"A sensing matrix has one row a measurement and as many columns as a square block has pixels; "
            f"this one has shape {matrix.shape}."
        )
    if len(matrix) > matrix.shape[1]:
        raise ValueError(f"There are {len(matrix)} measurements of {matrix.shape[1]} pixels; drop some.")
    if not np.isfinite(matrix).all():
        raise ValueError("The sensing matrix has entries that are not finite; give real numbers only.")
    check_entries(*matrix.shape)
    if not matrix.any():
        raise ValueError("The sensing matrix is all zeros; it measures nothing.")
    check_scale(matrix)
    return matrix


def check_entries(measurements, pixels):
    """Raises a ValueError for a sensing matrix that is too large."""
    if measurements * pixels > MOST_ENTRIES:
        raise ValueError(
            f"A sensing matrix of {measurements}×{pixels} has more than {MOST_ENTRIES} entries; take smaller "
            "blocks or fewer measurements."
        )


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


def check_fields(config):
    """Raises a ValueError if a field of `AMPNet` is of another type or outside its range."""
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


def _shown(value):
    """A value of whatever kind, in not too many characters."""
    # Python does not write out whole numbers of more than some thousand digits.
    text = f"{float('inf')} or so" if isinstance(value, int) and abs(value) > 1e308 else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
