"""Φ whose first rows are a sensing matrix of their own: one for every CS ratio."""

import keras
from keras import ops

from amp_net.layers.beyond.squares import from_squares, to_squares

DAMPING = 1e-6
"""Added to the diagonal of Φ Φᵀ, which has ones there, since two rows of signs may be equal."""


@keras.saving.register_keras_serializable("amp_net")
class NestedSensing(keras.layers.Layer):
    """Measures whole images block by block with the first m rows of one matrix: `y = Φ[:m] x`.

    The variable is kept transposed, as in `Sensing`: `(block_size², measurements)`. All is computed in
    float32.

    Rows of signs are not orthogonal, and an iteration wants them to be. For a binary Φ it takes Q = L⁻¹ Φ
    and y' = L⁻¹ y, with the lower triangular L of Φ Φᵀ = L Lᵀ. The first m rows of Q are orthonormal and span
    what the first m of Φ do, whatever m.

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
        return measure(images, self.rows(count), self.block_size)

    def orthonormal(self, measurements):
        """What an iteration works with: y', and Q[:m]ᵀ, `(block_size², m)`. Unless binary, y and Φ[:m]ᵀ.

        Args:
            measurements: y, `(batch, rows, columns, m)`.
        """
        rows = self.rows(measurements.shape[-1])
        if not self.binary:
            return measurements, rows
        mixing = self._mixing(rows)
        return ops.matmul(measurements, mixing), ops.matmul(rows, mixing)

    def mixing(self, count):
        """L⁻ᵀ of the first m rows: y' = y L⁻ᵀ; a NumPy array `(m, m)`."""
        return ops.convert_to_numpy(self._mixing(self.rows(count)))

    @property
    def matrix(self):
        """Φ as the paper writes it: a NumPy array `(measurements, n)`, one measurement a row."""
        return ops.convert_to_numpy(self.rows(None)).T

    def rows(self, count=None):
        """Φ[:m]ᵀ, `(block_size², m)`; None for all rows."""
        rows = ops.convert_to_tensor(self.kernel)[:, :count]
        if not self.binary:
            return rows
        scale = 1 / self.block_size
        signs = ops.cast(ops.where(rows >= 0, scale, -scale), "float32")
        # The difference is 0, and only its gradient counts.
        return signs + scale * (rows - ops.stop_gradient(rows))

    def _mixing(self, rows):
        gram = ops.matmul(ops.transpose(rows), rows) + DAMPING * ops.eye(rows.shape[1])
        lower = ops.cholesky(gram)
        return ops.transpose(ops.solve_triangular(lower, ops.eye(rows.shape[1]), lower=True))

    def get_config(self):
        fields = ("measurements", "block_size", "binary")
        return {**super().get_config(), **{field: getattr(self, field) for field in fields}}


def measure(images, rows, block_size):
    """`y = Φ x` of every block, `(batch, rows, columns, m)`.

    Args:
        images: `(batch, rows · block_size, columns · block_size, 1)`.
        rows: Φᵀ, `(block_size², m)`.
        block_size: side of a block in pixels.
    """
    return ops.matmul(to_squares(images, block_size), rows)


def adjoint(measurements, rows, block_size):
    """The transpose of `measure`: `Φᵀ z` of every block."""
    return from_squares(ops.matmul(measurements, ops.transpose(rows)), block_size)
