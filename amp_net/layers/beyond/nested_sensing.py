"""Φ whose first rows are a sensing matrix of their own: one for every CS ratio."""

import keras
from keras import ops

from amp_net.layers.beyond.squares import from_squares, to_squares


@keras.saving.register_keras_serializable("amp_net")
class NestedSensing(keras.layers.Layer):
    """Measures whole images block by block with the first m rows of one matrix: `y = Φ[:m] x`.

    The variable is kept transposed, as in `Sensing`: `(block_size², measurements)`. All is computed in
    float32.

    >>> import numpy as np
    >>> sensing = NestedSensing(measurements=8, block_size=4)
    >>> tuple(sensing(np.ones((1, 8, 12, 1), "float32"), count=5).shape)
    (1, 2, 3, 5)

    Args:
        measurements: rows of Φ, the largest m.
        block_size: side of a block in pixels.
        binary: whether Φ is `s · sign(W)` of the variable W, with s = 1 / block_size, so that a row has norm
            1, and sign(0) = 1. Gradients go to W as if Φ were s · W.

    Call arguments:
        images: `(batch, rows · block_size, columns · block_size, 1)`.
        count: m, how many of the rows measure; None for all.

    Returns:
        y, `(batch, rows, columns, m)`.
    """

    def __init__(self, measurements=545, block_size=33, binary=False, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.measurements = measurements
        self.block_size = block_size
        self.binary = binary

    def build(self, images_shape=None):
        self.kernel = self.add_weight(
            autocast=False,
            name="kernel",
            shape=(self.block_size**2, self.measurements),
            initializer=keras.initializers.Orthogonal(),
        )

    def call(self, images, count=None):
        return ops.matmul(to_squares(images, self.block_size), self._rows(count))

    def adjoint(self, measurements):
        """`Φ[:m]ᵀ z`: z `(batch, rows, columns, m)` to images `(batch, rows · size, columns · size, 1)`."""
        rows = self._rows(measurements.shape[-1])
        return from_squares(ops.matmul(measurements, ops.transpose(rows)), self.block_size)

    @property
    def matrix(self):
        """Φ as the paper writes it: a NumPy array `(measurements, n)`, one measurement a row."""
        return ops.convert_to_numpy(self._rows(None)).T

    def _rows(self, count):
        """The first m measurements, transposed."""
        rows = ops.convert_to_tensor(self.kernel)[:, :count]
        if not self.binary:
            return rows
        scale = 1 / self.block_size
        signs = ops.cast(ops.where(rows >= 0, scale, -scale), "float32")
        # The difference is 0, and only its gradient counts.
        return signs + scale * (rows - ops.stop_gradient(rows))

    def get_config(self):
        fields = ("measurements", "block_size", "binary")
        return {**super().get_config(), **{field: getattr(self, field) for field in fields}}
