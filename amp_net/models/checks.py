"""Checks of what a user hands to a model."""

import math

import keras
import numpy as np
from keras import ops

from amp_net import backends
from amp_net.models.losses import LOSSES

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
    if found[0] == 0:
        raise ValueError(f"There are no {what}; give one or more.")
    if None in one:
        # Where a traced function takes any shape, it is the values that must be looked at.
        values = backends.with_shape(values, (None, *shape))
    return ops.cast(values, "float32")


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
            block's side, entries that are complex or not finite, or only zeros.
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
    if not matrix.any():
        raise ValueError("The sensing matrix is all zeros; it measures nothing.")
    return matrix


def check_fields(config):
    """Raises a ValueError if a field of `AMPNet` is outside its range."""
    for field in ("stages", "channels", "block_size", "initialization_attention_units"):
        value = config[field]
        if value is None and field == "initialization_attention_units":
            continue
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"The field {field} is {value!r}; it must be a whole number of at least 1.")
    for field in ("cs_ratio", "sensing_gain", "epsilon", "symmetry_weight", "onsager", "symmetry_fraction"):
        value = config[field]
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"The field {field} is {value!r}; it must be a finite number.")
    for field in ("sensing_gain", "epsilon"):
        if config[field] <= 0:
            raise ValueError(f"The field {field} is {config[field]}; it must be above 0.")
    if config["symmetry_weight"] < 0:
        raise ValueError(f"The field symmetry_weight is {config['symmetry_weight']}; it must not be below 0.")
    fraction = config["symmetry_fraction"]
    if not 0 < fraction <= 1 or abs(1 / fraction - round(1 / fraction)) > 1e-6:
        raise ValueError(f"The symmetry fraction is {fraction}; it must be 1, 1/2, 1/3 or so on.")
    if config["loss_penalty"] not in LOSSES:
        raise ValueError(f"The loss penalty is {', '.join(LOSSES)}, not {config['loss_penalty']!r}.")
