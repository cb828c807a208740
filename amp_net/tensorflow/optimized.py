"""A trained network as a fixed and cheaper function."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from amp_net.layers import AcrossBlocks, AMPStage, unrolled
from amp_net.models.fixed.optimized import OptimizedAMPNet
from amp_net.tensorflow.merged.image_convolutions import (
    convolved_from_image,
    convolved_to_image,
    kernel_from_image,
    kernel_to_image,
    middle_of,
)
from amp_net.tensorflow.merged.image_edges import less_edges
from amp_net.tensorflow.merged.linear_pair import merged_taps


class MergedAMPNet(OptimizedAMPNet, tf.Module):
    """What an `AMPNet` computes, with everything worked out that does not depend on the measurements.

    The scales of all normalisations are multiplied into the kernels before them, so that convolution, shift
    and ReLU are one operation; the linear pairs are merged (see `linear_pair`), and their kernels kept.
    In float32 the result is that of the model within rounding. Later changes of the model do not show, since
    all is done with a copy.

    Args:
        model: an `AMPNet` with the `"affine"` normalisation, or with a `"batch"` one, whose moving statistics
            are then part of the function.
        dtype: of the feature maps, one of `DTYPES`; images, measurements and attention are float32.

    Raises:
        ValueError: if the dtype is another.
    """

    def _policy(self, dtype):
        return "float32"

    def _function(self, dtype):
        self.stages = [_with_constants(stage, dtype) for stage in self.model.stages]
        return tf.function(
            self._restored, input_signature=[tf.TensorSpec((None, self.measurements), "float32")]
        )

    def _image_function(self, turn):
        def restored(measurements):
            across = AcrossBlocks(*ops.shape(measurements)[1:3], self.block_size, turn)
            return across.joined(self._restored(tf.reshape(measurements, (-1, self.measurements)), across))

        signature = tf.TensorSpec((None, None, None, self.measurements), "float32")
        return tf.function(restored, input_signature=[signature])

    def _restored(self, measurements, across=None):
        measurements = measurements / self.sensing.gain
        initialization = self.model.initialization
        return unrolled(measurements, self.sensing, initialization, self.stages, across=across)[0]


class ConstantCNN(keras.layers.Layer):
    """A `BalancedCNN` outside of training, with constant kernels.

    They are NumPy arrays, so that the graph holds them, where exporters look for them.

    Args:
        cnn: the `BalancedCNN`.
        features_dtype: of the feature maps.
    """

    def __init__(self, cnn, features_dtype):
        super().__init__(autocast=False, dtype="float32")
        self.features_dtype = features_dtype
        self.activation = cnn.transform.first.activation
        scale, self.first_shift = _scale_and_shift(cnn.transform.first.norm)
        taps = merged_taps(_kernel(cnn.first), _kernel(cnn.transform.first) * scale)
        self.first = kernel_from_image(taps).numpy()
        scale, self.second_shift = _scale_and_shift(cnn.threshold.norm)
        self.second = _kernel(cnn.transform.second) * scale
        scale, self.third_shift = _scale_and_shift(cnn.transposed.first.norm)
        self.third = _kernel(cnn.transposed.first) * scale
        self.spatial_attention, self.channel_attention = cnn.spatial_attention, cnn.channel_attention
        self.merges_last = cnn.spatial_attention is None and cnn.channel_attention is None
        if not self.merges_last:
            self.fourth, last = _kernel(cnn.transposed.second), _kernel(cnn.last)[..., 0]
        else:
            self.last_taps = merged_taps(_kernel(cnn.transposed.second), _kernel(cnn.last)).numpy()
            last = middle_of(self.last_taps)
        self.last = kernel_to_image(last).numpy()
        self.built = True

    def call(self, blocks, symmetry_every=None, training=False, side=None):
        return blocks + self._correction(blocks, side), None

    def _correction(self, blocks, side):
        dtype = self.features_dtype
        features = convolved_from_image(blocks, self.first, dtype)
        features = self.activation(tf.nn.bias_add(features, tf.cast(self.first_shift, dtype)))
        features = self._convolution(features, self.second, self.second_shift)
        features = self._convolution(features, self.third, self.third_shift)
        if self.merges_last:
            return less_edges(convolved_to_image(features, self.last), features, self.last_taps)
        features = tf.nn.conv2d(features, tf.cast(self.fourth, dtype), 1, "SAME")
        if self.spatial_attention is not None:
            features = self.spatial_attention(features)
        if self.channel_attention is not None:
            features = self.channel_attention(features, side=side)
        return convolved_to_image(tf.cast(features, dtype), self.last)

    def _convolution(self, features, kernel, shift):
        features = tf.nn.conv2d(features, tf.cast(kernel, self.features_dtype), 1, "SAME")
        return self.activation(tf.nn.bias_add(features, tf.cast(shift, self.features_dtype)))


def _with_constants(stage, dtype):
    """An `AMPStage` like the given one, whose denoiser is a `ConstantCNN`."""
    constant = AMPStage(ConstantCNN(stage.cnn, dtype), stage.residual, stage.last, dtype="float32")
    constant.build(None)
    if not stage.last:
        constant.onsager.assign(stage.onsager)
    return constant


def _kernel(convolution):
    return np.asarray(convolution.kernel)


def _scale_and_shift(norm):
    """What a normalisation does outside of training, as a scale and a shift of each channel."""
    if hasattr(norm, "scale") and not hasattr(norm, "moving_mean"):
        return np.asarray(norm.scale), np.asarray(norm.shift)
    scale = np.asarray(norm.gamma / np.sqrt(norm.moving_variance + norm.epsilon))
    return scale, np.asarray(norm.beta - norm.moving_mean * scale)
