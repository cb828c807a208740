"""What the networks of others have in common."""

import keras
import numpy as np
from keras import ops

from amp_net.layers import Initialization, Sensing
from amp_net.layers.beyond.across_blocks import AcrossBlocks
from amp_net.models.inputs.cs_ratios import measurements_for
from amp_net.models.inputs.sensing_matrix import check_entries
from amp_net.models.inputs.values import checked, checked_measurements, in_unit
from amp_net.models.learning.losses import penalty
from amp_net.models.learning.trained_alone import TrainedAlone


class Rival(TrainedAlone):
    """A network that measures blocks by Φ, starts from a linear recovery, and rebuilds each block by itself.

    A subclass has a `KIND`, see `presets.load`, and a method `restored`, from y to blocks.

    Args:
        cs_ratio: measurements in percent of the pixels, in (0, 100].
        block_size: side of a block in pixels.
        fields: of the subclass, all kept in `config`.

    Call arguments:
        inputs: blocks `(batch, block_size, block_size, 1)`, floats in [0, 1].
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        Reconstructed blocks of the same shape, float32, not clipped.

    Raises:
        ValueError: if the CS ratio or the size is out of its range, or the blocks are none, see `sense`.
    """

    KIND = ""
    LEARNS_SENSING = False
    """Whether Φ is learned; else it is given by `set_sensing_matrix`, and kept."""
    WAYS = ("whole", "blockwise")
    """Both give the same where each block is rebuilt by itself."""
    MARGIN, STEP = 0, 1
    """As of `AMPNet`."""
    BLOCK_SIZE = 33
    """That of its authors, or of the paper."""
    WINDOW = 1
    """Side in blocks of what it is trained with."""
    OWN_LOSS = "the mean squared error"

    def __init__(self, cs_ratio=25, block_size=33, fields=None, **kwargs):
        super().__init__(**kwargs)
        self.autocast = False
        self.config = {"cs_ratio": cs_ratio, "block_size": block_size, **(fields or {})}
        self.block_size, self.measurements = block_size, measurements_for(cs_ratio, block_size)
        check_entries(self.measurements, block_size**2)
        self.make_sensing()

    def make_sensing(self):
        """Makes Φ, and the linear map from y to the first image of a block."""
        self.sensing = Sensing(self.measurements, self.block_size, dtype="float32", name="sensing")
        self.sensing.build()
        self.sensing.trainable = self.LEARNS_SENSING
        self.initialization = Initialization(self.block_size, dtype="float32", name="initialization")
        self.initialization.build((None, self.measurements))
        self.initialization.kernel.assign(self.sensing.matrix)

    def restored(self, measurements, training=False):
        """From y, `(batch, m)`, to blocks `(batch, block_size, block_size, 1)`, float32."""
        raise NotImplementedError

    def call(self, inputs, training=False):
        return self.restored(self.sensing(in_unit(self._checked(inputs), "blocks")), training)

    def sense(self, blocks):
        """Measures blocks: `(batch, block_size, block_size, 1)` in [0, 1] to y, `(batch, m)`.

        Raises:
            ValueError: if the blocks have another shape, are not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        return self.sensing(
            in_unit(checked(blocks, (self.block_size, self.block_size, 1), "blocks"), "blocks")
        )

    def reconstruct(self, measurements, turn=0):
        """Rebuilds blocks from y `(batch, m)`, or images from y `(batch, rows, columns, m)`; not clipped.

        Args:
            measurements: y.
            turn: 0; these networks have no turns.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity.
        """
        y = checked_measurements(measurements, self.measurements)
        if len(y.shape) == 2:
            return self.restored(y)
        rows, columns = ops.shape(y)[1:3]
        blocks = self.restored(ops.reshape(y, (-1, self.measurements)))
        return AcrossBlocks(rows, columns, self.block_size).joined(blocks)

    def set_sensing_matrix(self, matrix, start=None):
        """Sets Φ, and what the first image is y times.

        Args:
            matrix: Φ, `(m, block_size²)`, one measurement a row.
            start: `(m, block_size²)`, such as the best linear recovery; None for the pseudo-inverse of Φ.

        Raises:
            ValueError: if the matrix does not fit this network or has entries that are not finite.
        """
        self.sensing.set_matrix(matrix)
        self.initialization.kernel.assign(np.linalg.pinv(matrix).T if start is None else start)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The error of what a batch `x` was rebuilt as, `y_pred`, and what `call` adds to it.

        Raises:
            ValueError: if there are targets or weights too.
        """
        self._check_alone(y, sample_weight)
        return self.error(y_pred, self._checked(x)) + sum(self.losses)

    def error(self, restored, blocks):
        """What is least where both are the same: the mean squared error."""
        return penalty(restored - blocks, "l2")

    def get_config(self):
        """The fields of the network, with its name and dtype policy."""
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        return {**self.config, "name": self.name, "dtype": dtype}

    def _checked(self, blocks):
        return checked(blocks, (self.block_size, self.block_size, 1), "blocks")
