"""Full-Conv: blocks measured by themselves, and the image rebuilt as a whole."""

import keras
from keras import ops

from amp_net.layers.beyond.squares import from_squares, to_squares
from amp_net.models.inputs.values import checked_measurements, in_unit, of_whole_blocks
from amp_net.models.rivals.recon_net import make_units, refined
from amp_net.models.rivals.rival import Rival


class AcrossRival(Rival):
    """A `Rival` that rebuilds images as a whole: `restored` takes y `(batch, rows, columns, m)`.

    It is called with images `(batch, rows · block_size, columns · block_size, 1)`, and gives such.
    """

    WHAT = "images"

    def call(self, inputs, training=False):
        images = in_unit(self._checked(inputs), "images")
        return self.restored(self.measured(images), training)

    def measured(self, images):
        """y of images, `(batch, rows, columns, m)`."""
        return ops.matmul(to_squares(images, self.block_size), self.sensing.kernel)

    def reconstruct(self, measurements, turn=0):
        """As `Rival.reconstruct`, but that images are rebuilt as a whole, and a block as an image."""
        y = checked_measurements(measurements, self.measurements)
        return self.restored(y if len(y.shape) == 4 else y[:, None, None])

    def _checked(self, blocks):
        return of_whole_blocks(blocks, (self.block_size, self.block_size))


@keras.saving.register_keras_serializable("amp_net")
class FullConv(AcrossRival):
    """Xie, Wang, Du and Shi, "Full Image Recover for Block-Based Compressive Sensing" (2018, arXiv
    1802.00179), which the paper calls Full-Conv.

        X(0) = the blocks W_Q y, side by side
        X(k) = X(k−1) + U_k(X(k−1)),  with U_k on the whole image

    Φ is learned, and measures each block by itself; all measurements of an image rebuild it as a whole. It
    is trained on the mean squared error. The units are those of ReconNet without biases, as in the networks
    that its authors published with "Perceptual Compressive Sensing" (arXiv 1802.00176); how many there are is
    ours.

    >>> import numpy as np
    >>> network = FullConv(cs_ratio=25, block_size=8, units=1)
    >>> images = np.full((1, 16, 24, 1), 0.5, "float32")
    >>> tuple(network(images).shape), network.measurements
    ((1, 16, 24, 1), 16)

    Args:
        cs_ratio, block_size: as in `Rival`.
        units: how many units.
    """

    KIND = "full_conv"
    LEARNS_SENSING = True
    MARGIN = 1
    """A unit looks 8 pixels far."""
    WINDOW = 3

    def __init__(self, cs_ratio=25, block_size=33, units=3, **kwargs):
        super().__init__(cs_ratio, block_size, {"units": units}, **kwargs)
        self.units = make_units(units, use_bias=False, dtype=self.dtype_policy)
        self.built = True

    def restored(self, measurements, training=False):
        estimate = from_squares(ops.matmul(measurements, self.initialization.kernel), self.block_size)
        return refined(estimate, self.units, training)
