"""FCMN: an image measured by a convolution whose windows overlap."""

import keras
import numpy as np
from keras import ops

from amp_net.models.inputs.values import in_unit
from amp_net.models.rivals.full_conv import AcrossRival
from amp_net.models.rivals.recon_net import ReconUnit

OVERLAP = 2
"""Side of a window in steps: theirs are of 32 pixels, 16 apart."""


@keras.saving.register_keras_serializable("amp_net")
class OverlappingSensing(keras.layers.Layer):
    """Measures windows of an image that overlap, a convolution with a step of half a window.

    >>> sensing = OverlappingSensing(measurements=4, step=4)
    >>> tuple(sensing(ops.ones((1, 8, 12, 1))).shape), sensing.matrix.shape
    ((1, 2, 3, 4), (4, 64))

    Args:
        measurements: m of each window.
        step: in pixels.

    Call arguments:
        images: `(batch, rows · step, columns · step, 1)`; zeros stand around them, so that there are as many
            windows as squares of the step. Theirs have none, and fewer windows.

    Returns:
        y, `(batch, rows, columns, m)`.
    """

    def __init__(self, measurements, step=16, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.measurements, self.step = measurements, step

    def build(self, images_shape=None):
        side = OVERLAP * self.step
        self.kernel = self.add_weight(
            autocast=False,
            name="kernel",
            shape=(side, side, 1, self.measurements),
            initializer=keras.initializers.Orthogonal(),
        )

    def call(self, images):
        return ops.conv(images, self.kernel, self.step, padding="same", data_format="channels_last")

    @property
    def matrix(self):
        """Φ of a window, a NumPy array `(m, 4 · step²)`, one measurement a row."""
        kernel = ops.convert_to_numpy(ops.convert_to_tensor(self.kernel))
        return np.ascontiguousarray(kernel.reshape(-1, self.measurements).T)

    def get_config(self):
        return {**super().get_config(), "measurements": self.measurements, "step": self.step}


@keras.saving.register_keras_serializable("amp_net")
class FCMN(AcrossRival):
    """Du, Xie, Wang, Shi, Xu and Wang, "Fully Convolutional Measurement Network for Compressive Sensing Image
    Reconstruction" (Neurocomputing 2019, arXiv 1712.01641).

        y = Φ * X with windows of 32×32, 16 pixels apart
        X(0) = W_Q ⋆ y, the transposed convolution of the same size and step
        X = X(0) + U(X(0)),  with the unit U of ReconNet without biases

    Sizes are those of the networks that its authors published (github.com/jiang-du/Perceptual-CS), which are
    trained on the mean squared error of whole images, in a million steps. m is of the 256 pixels that each
    window has for itself, so 10 at 4 %.

    >>> import numpy as np
    >>> network = FCMN(cs_ratio=25, block_size=4)
    >>> y = network.sense(np.full((1, 8, 12, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((1, 2, 3, 4), (1, 8, 12, 1))

    Args:
        cs_ratio: m in percent of these pixels.
        block_size: the step in pixels; theirs is 16.
    """

    KIND = "fcmn"
    LEARNS_SENSING = True
    MARGIN = 2
    BLOCK_SIZE = 16
    WINDOW = 6
    SENSES_IMAGES = True
    """Measurements are not of blocks by themselves."""

    def __init__(self, cs_ratio=25, block_size=BLOCK_SIZE, **kwargs):
        super().__init__(cs_ratio, block_size, **kwargs)
        self.unit = ReconUnit(use_bias=False, dtype=self.dtype_policy, name="unit")
        self.unit.build()
        self.built = True

    def make_sensing(self):
        self.sensing = OverlappingSensing(self.measurements, self.block_size, dtype="float32", name="sensing")
        self.sensing.build()
        self.initialization = keras.layers.Conv2DTranspose(
            1,
            OVERLAP * self.block_size,
            self.block_size,
            padding="same",
            use_bias=False,
            dtype="float32",
            name="initialization",
        )
        self.initialization.build((None, None, None, self.measurements))
        # The transpose of Φ, whose windows cover each pixel as often as the overlap's square.
        kernel = ops.convert_to_tensor(self.sensing.kernel)
        self.initialization.kernel.assign(ops.reshape(kernel, self.initialization.kernel.shape) / OVERLAP**2)

    def measured(self, images):
        return self.sensing(images)

    def sense(self, blocks):
        """Measures images `(batch, rows · step, columns · step, 1)` to y, `(batch, rows, columns, m)`.

        Raises:
            ValueError: if the images are no multiples of the step, not floats, hold NaN or infinity, or are
                far outside of [0, 1].
        """
        return self.measured(in_unit(self._checked(blocks), "images"))

    def set_sensing_matrix(self, matrix, start=None):
        """Not for this network.

        Raises:
            ValueError: always; its Φ is a convolution, which it learns.
        """
        raise ValueError("FCMN measures by a convolution that it learns, and takes no matrix.")

    def restored(self, measurements, training=False):
        estimate = self.initialization(measurements)
        return estimate + self.unit(estimate, training=training)
