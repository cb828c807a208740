"""A trained network as a fixed and cheaper function."""

import numpy as np
import tensorflow as tf

from amp_net.checks import checked, finite
from amp_net.layers.image_convolutions import (
    convolved_from_image,
    convolved_to_image,
    kernel_from_image,
    kernel_to_image,
    less_edges,
    middle_of,
)
from amp_net.layers.linear_pair import merged_taps

DTYPES = ("float32", "bfloat16")


class OptimizedAMPNet(tf.Module):
    """What an `AMPNet` computes, with everything worked out that does not depend on the measurements.

    The scales of all normalisations are multiplied into the kernels before them, so that convolution, shift
    and ReLU are one operation; the linear pairs are merged (see `linear_pair`), and their kernels kept.
    In float32 the result is that of the model within rounding. Later changes of the model do not show, since
    all is done with a copy.

    Args:
        model: an `AMPNet` with the `"affine"` normalisation, or with a `"batch"` one, whose moving statistics
            are then part of the function.
        dtype: of the feature maps, `"float32"` or `"bfloat16"`; images, measurements and attention are
            float32.

    Raises:
        ValueError: if the dtype is another.
    """

    def __init__(self, model, dtype="float32"):
        super().__init__(name="optimized_amp_net")
        if dtype not in DTYPES:
            raise ValueError(f"The feature maps are {' or '.join(DTYPES)}, not {dtype!r}.")
        weights = model.get_weights()
        model = type(model).from_config({**model.get_config(), "dtype": "float32"})
        model.set_weights(weights)
        self.model = model
        self.config = model.config
        self.block_size, self.measurements, self.sensing = model.block_size, model.measurements, model.sensing
        # Of NumPy, as are the kernels: so they stand in the graph, where exporters look for them.
        self.matrix = np.asarray(model.sensing.kernel)
        self.stages = [_Stage(stage, dtype) for stage in model.stages]
        self.function = tf.function(
            self._reconstruct, input_signature=[tf.TensorSpec((None, self.measurements), "float32")]
        )

    def sense(self, blocks):
        """As `AMPNet.sense`."""
        return self.model.sense(blocks)

    def reconstruct(self, measurements):
        """As `AMPNet.reconstruct`."""
        measurements = finite(checked(measurements, (self.measurements,), "measurements"), "measurements")
        return self.function(measurements)

    def __call__(self, blocks):
        """Senses and rebuilds blocks, as a call of the `AMPNet` does."""
        return self.reconstruct(self.sense(blocks))

    def _reconstruct(self, measurements):
        measurements = measurements / self.sensing.gain
        estimate = self.model.initialization(measurements)
        residual = measurements - self._measured(estimate)
        for stage in self.stages:
            back = tf.matmul(residual, self.matrix, transpose_b=True)
            refined = estimate + tf.reshape(back, (-1, self.block_size, self.block_size, 1))
            restored = stage(refined)
            if stage.onsager is not None:
                explained = restored if self.config["residual"] == "current" else estimate
                residual = measurements - self._measured(explained) + stage.onsager * residual
            estimate = restored
        return estimate

    def _measured(self, blocks):
        return tf.reshape(blocks, (-1, self.block_size**2)) @ self.matrix


class _Stage(tf.Module):
    """f(k) with constant kernels."""

    def __init__(self, stage, dtype):
        super().__init__()
        cnn = stage.cnn
        self.dtype = dtype
        self.activation = cnn.transform.first.activation
        self.onsager = None if stage.last else np.asarray(stage.onsager)
        scale, self.first_shift = _scale_and_shift(cnn.transform.first.norm)
        taps = merged_taps(_kernel(cnn.first), _kernel(cnn.transform.first) * scale)
        self.first = kernel_from_image(taps).numpy()
        scale, self.second_shift = _scale_and_shift(cnn.threshold.norm)
        self.second = _kernel(cnn.transform.second) * scale
        scale, self.third_shift = _scale_and_shift(cnn.transposed.first.norm)
        self.third = _kernel(cnn.transposed.first) * scale
        self.attentions = [
            layer for layer in (cnn.spatial_attention, cnn.channel_attention) if layer is not None
        ]
        if self.attentions:
            self.fourth, last = _kernel(cnn.transposed.second), _kernel(cnn.last)[..., 0]
        else:
            self.last_taps = merged_taps(_kernel(cnn.transposed.second), _kernel(cnn.last)).numpy()
            last = middle_of(self.last_taps)
        self.last = kernel_to_image(last).numpy()

    def __call__(self, blocks):
        features = convolved_from_image(blocks, self.first, self.dtype)
        features = self.activation(tf.nn.bias_add(features, tf.cast(self.first_shift, self.dtype)))
        features = self._convolution(features, self.second, self.second_shift)
        features = self._convolution(features, self.third, self.third_shift)
        if not self.attentions:
            return blocks + less_edges(convolved_to_image(features, self.last), features, self.last_taps)
        features = tf.nn.conv2d(features, tf.cast(self.fourth, self.dtype), 1, "SAME")
        for attention in self.attentions:
            features = attention(features)
        return blocks + convolved_to_image(tf.cast(features, self.dtype), self.last)

    def _convolution(self, features, kernel, shift):
        features = tf.nn.conv2d(features, tf.cast(kernel, self.dtype), 1, "SAME")
        return self.activation(tf.nn.bias_add(features, tf.cast(shift, self.dtype)))


def _kernel(convolution):
    return np.asarray(convolution.kernel)


def _scale_and_shift(norm):
    """What a normalisation does outside of training, as a scale and a shift of each channel."""
    if hasattr(norm, "scale") and not hasattr(norm, "moving_mean"):
        return np.asarray(norm.scale), np.asarray(norm.shift)
    scale = np.asarray(norm.gamma / np.sqrt(norm.moving_variance + norm.epsilon))
    return scale, np.asarray(norm.beta - norm.moving_mean * scale)
