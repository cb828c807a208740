"""X(0): the first estimate of a block."""

import keras
from keras import ops

from amp_net.layers.initialization_attention import InitializationAttention
from amp_net.layers.sensing import INITIALIZERS


@keras.saving.register_keras_serializable("amp_net")
class Initialization(keras.layers.Layer):
    """`X(0) = W_Q Y` (Algorithm 2), or `X(0) = W_Q Y ⊗ a_Q` with attention (Algorithm 3), in float32.

    >>> import numpy as np
    >>> tuple(Initialization(block_size=3)(np.ones((2, 4), "float32")).shape)
    (2, 3, 3, 1)

    Args:
        block_size: side of a block in pixels.
        initializer: how W_Q starts when nothing else is set: as in `Sensing`.
        attention: whether the first estimate is weighted by `InitializationAttention`.
        attention_units: hidden units of that attention; None is the authors' single layer.

    Call arguments:
        measurements: y, `(batch, m)`.

    Returns:
        Blocks `(batch, block_size, block_size, 1)`.
    """

    def __init__(
        self, block_size=33, initializer="orthonormal", attention=False, attention_units=None, **kwargs
    ):
        super().__init__(autocast=False, **kwargs)
        self.block_size = block_size
        self.initializer = initializer
        self.attention_units = attention_units
        self.attention = None
        if attention:
            self.attention = InitializationAttention(
                block_size**2, attention_units, dtype="float32", name="attention"
            )

    def build(self, measurements_shape):
        self.kernel = self.add_weight(
            autocast=False,
            name="kernel",
            shape=(measurements_shape[-1], self.block_size**2),
            initializer=INITIALIZERS[self.initializer](),
        )
        if self.attention is not None:
            self.attention.build(measurements_shape)

    def call(self, measurements):
        flat = ops.matmul(measurements, self.kernel)
        if self.attention is not None:
            flat = flat * self.attention(measurements)
        return ops.reshape(flat, (-1, self.block_size, self.block_size, 1))

    def get_config(self):
        return {
            **super().get_config(),
            "block_size": self.block_size,
            "initializer": self.initializer,
            "attention": self.attention is not None,
            "attention_units": self.attention_units,
        }
