"""Checks of the blocks, images and measurements that a user hands to a model."""

import keras
from keras import ops

from amp_net import backends

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
        # A traced function of any shape must check the shape when it runs.
        values = backends.with_shape(values, (None, *shape))
    return ops.cast(values, "float32")


def of_whole_blocks(images, block_shape):
    """Images `(batch, height, width, 1)` as float32, as `checked`, of whole blocks.

    Args:
        images: floats.
        block_shape: height and width of a block.

    Raises:
        ValueError: as `checked`, or if a side is no multiple of a block's.
    """
    images = checked(images, (None, None, 1), "images")
    sides = images.shape[1:3]
    if any(side is not None and side % of for side, of in zip(sides, block_shape, strict=True)):
        raise ValueError(
            f"The images are of {sides[0]}×{sides[1]} pixels, which are no whole blocks of "
            f"{block_shape[0]}×{block_shape[1]}; fill them up with zeros."
        )
    return images


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
