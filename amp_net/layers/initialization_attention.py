"""a_Q: which pixels of the first estimate to trust, from the measurements."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("amp_net")
class InitializationAttention(keras.layers.Layer):
    """A weight for each pixel of X(0), positive and with sum 1 over the block (Algorithm 3, a_Q).

    The paper describes a perceptron of two layers, `softmax(ReLU(y W_1) W_2)`; the authors' code has
    one, `softmax(ReLU(y) W_a)`, and made the published numbers. All matrices start Gaussian with standard
    deviation 0.01, without bias, in float32. With n = 1089 pixels each weight starts near 1/1089, so
    X(0) starts near zero.

    >>> import numpy as np
    >>> weights = InitializationAttention(pixels=9)(np.ones((2, 4), "float32"))
    >>> tuple(weights.shape), np.round(ops.convert_to_numpy(weights).sum(axis=1), 4).tolist()
    ((2, 9), [1.0, 1.0])

    Args:
        pixels: n, pixels of a block.
        units: hidden units of the paper's perceptron; None is the authors' single layer.

    Call arguments:
        measurements: y, `(batch, m)`.

    Returns:
        Weights `(batch, n)`.
    """

    def __init__(self, pixels, units=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.pixels = pixels
        self.units = units

    def build(self, measurements_shape):
        inputs = measurements_shape[-1]
        gaussian = keras.initializers.RandomNormal(stddev=0.01)
        if self.units is not None:
            self.hidden_kernel = self.add_weight(
                autocast=False, name="hidden_kernel", shape=(inputs, self.units), initializer=gaussian.clone()
            )
            inputs = self.units
        self.kernel = self.add_weight(
            autocast=False, name="kernel", shape=(inputs, self.pixels), initializer=gaussian
        )

    def call(self, measurements):
        hidden = measurements
        if self.units is not None:
            hidden = ops.matmul(measurements, self.hidden_kernel)
        return ops.softmax(ops.matmul(ops.relu(hidden), self.kernel), axis=-1)

    def get_config(self):
        return {**super().get_config(), "pixels": self.pixels, "units": self.units}
