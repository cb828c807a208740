"""Checks of what a user hands to a model."""

import tensorflow as tf


def checked(values, shape, what):
    """A batch as float32, if it is one of floats with the given shape.

    Args:
        values: anything TensorFlow takes for a tensor.
        shape: the shape of one element of the batch.
        what: what the values are called in an error.

    Raises:
        ValueError: if the values are not floats, or their shape is not `(batch, *shape)`.
    """
    values = tf.convert_to_tensor(values)
    if not values.dtype.is_floating:
        raise ValueError(f"The {what} are {values.dtype.name}; they must be floating-point numbers.")
    if not values.shape[1:].is_compatible_with(shape):
        raise ValueError(
            f"The {what} have shape {tuple(values.shape)}; this model needs "
            f"(batch, {', '.join(map(str, shape))})."
        )
    return tf.cast(values, "float32")


def finite(values, what):
    """The values themselves, if none is NaN or infinite.

    Inside a traced function there are no values to look at yet, and nothing is checked.

    Raises:
        ValueError: if a value is NaN or infinite.
    """
    if tf.executing_eagerly() and not bool(tf.reduce_all(tf.math.is_finite(values))):
        raise ValueError(f"The {what} hold NaN or infinity; they must be finite numbers.")
    return values
