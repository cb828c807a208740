"""W_φ: the sensing matrix that turns a block into measurements."""

import keras
import numpy as np
from keras import ops

SMALLEST, LARGEST = 1e-12, 1e12
"""Of a sensing matrix's largest entry: beyond, squares of its entries leave float32."""
INITIALIZERS = {
    "orthonormal": keras.initializers.Orthogonal,
    "gaussian": lambda: keras.initializers.RandomNormal(stddev=0.01),
}


def check_scale(matrix):
    """Raises a ValueError for a sensing matrix that is too small or large to compute with in float32.

    Args:
        matrix: float32 `(m, n)`; zeros alone pass.
    """
    largest = float(np.abs(matrix).max())
    if largest and not SMALLEST <= largest <= LARGEST:
        raise ValueError(
            f"The largest entry of the sensing matrix is {largest:.3g}; scale it to between {SMALLEST:g} and "
            f"{LARGEST:g}, and the measurements with it."
        )


@keras.saving.register_keras_serializable("amp_net")
class Sensing(keras.layers.Layer):
    """Measures blocks with the sensing matrix, and applies its transpose (Algorithm 2: `Y = W_φ X`).

    The paper writes Φ with one row a measurement, `(m, n)`, for column vectors. A batch holds its blocks
    in rows, so the variable is kept transposed, `(n, m)`, and `y = x Φᵀ` is `flatten(x) @ kernel`.

    Measurements are to be exact to float32 under every dtype policy, but GPUs from NVIDIA's Ampere on may
    multiply float32 in TF32, which keeps 10 bits of the mantissa; the commands switch that off. In a script,
    do so by the variable `NVIDIA_TF32_OVERRIDE=0`, by
    `tf.config.experimental.enable_tensor_float_32_execution(False)`, or under JAX by
    `jax.config.update("jax_default_matmul_precision", "highest")`.

    >>> import numpy as np
    >>> sensing = Sensing(measurements=4, block_size=3)
    >>> tuple(sensing(np.ones((2, 3, 3, 1), "float32")).shape), sensing.matrix.shape
    ((2, 4), (4, 9))

    Args:
        measurements: m, how many measurements each block has.
        block_size: side of a block in pixels; n = block_size².
        initializer: `"orthonormal"` rows, or `"gaussian"` with standard deviation 0.01 (the paper's).
            Principal components of training blocks are set with `set_matrix`.
        gain: the variable is Φ divided by this. The iteration needs a matrix of norm near 1, and a camera's
            is what it is; a power of two leaves its entries exact.

    Call arguments:
        blocks: `(batch, block_size, block_size, 1)`.

    Returns:
        Measurements `(batch, m)`, divided by the gain.

    Raises:
        ValueError: if the initializer is unknown.
    """

    def __init__(self, measurements, block_size=33, initializer="orthonormal", gain=1.0, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if initializer not in INITIALIZERS:
            raise ValueError(
                f"The sensing matrix can start {' or '.join(INITIALIZERS)}, not {initializer!r}."
            )
        self.measurements = measurements
        self.block_size = block_size
        self.initializer = initializer
        self.gain = gain

    def build(self, blocks_shape=None):
        self.kernel = self.add_weight(
            autocast=False,
            name="kernel",
            shape=(self.block_size**2, self.measurements),
            initializer=INITIALIZERS[self.initializer](),
        )

    def call(self, blocks):
        return ops.matmul(ops.reshape(blocks, (-1, self.block_size**2)), self.kernel)

    def adjoint(self, measurements):
        """`W_φᵀ z`: measurements `(batch, m)` to blocks `(batch, block_size, block_size, 1)`."""
        flat = ops.matmul(measurements, ops.transpose(self.kernel))
        return ops.reshape(flat, (-1, self.block_size, self.block_size, 1))

    @property
    def matrix(self):
        """Φ as the paper writes it: a NumPy array `(m, n)`, one measurement a row."""
        # NumPy warns of how a variable, unlike a tensor, hands out its values.
        return ops.convert_to_numpy(ops.convert_to_tensor(self.kernel)).T * np.float32(self.gain)

    def set_matrix(self, matrix):
        """Replaces Φ by the given `(m, n)` matrix.

        Raises:
            ValueError: if the matrix has another shape, an entry that is complex or not finite, or is too
                small or large, see `check_scale`.
        """
        if np.iscomplexobj(matrix):
            raise ValueError("The sensing matrix has complex entries; give real numbers only.")
        matrix = np.asarray(matrix, "float32")
        expected = (self.measurements, self.block_size**2)
        if matrix.shape != expected:
            raise ValueError(
                f"The sensing matrix has shape {matrix.shape}; this layer needs {expected}, "
                "one measurement a row."
            )
        if not np.isfinite(matrix).all():
            raise ValueError("The sensing matrix has entries that are not finite; give real numbers only.")
        check_scale(matrix)
        self.kernel.assign(matrix.T / np.float32(self.gain))

    def get_config(self):
        return {
            **super().get_config(),
            "measurements": self.measurements,
            "block_size": self.block_size,
            "initializer": self.initializer,
            "gain": self.gain,
        }
