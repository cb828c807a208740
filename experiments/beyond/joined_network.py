"""AMP-Net whose CNNs see beyond the block."""

import keras
import tensorflow as tf

from amp_net import AMPNet, backends


def joined(blocks, grid):
    """The images that blocks make up.

    Args:
        blocks: `(images · rows · columns, side, side, 1)`, those of each image row by row.
        grid: rows and columns of blocks in an image.

    Returns:
        `(images, rows · side, columns · side, 1)`.
    """
    rows, columns = grid
    side = blocks.shape[1]
    cut = tf.reshape(blocks, (-1, rows, columns, side, side))
    return tf.reshape(tf.transpose(cut, (0, 1, 3, 2, 4)), (-1, rows * side, columns * side, 1))


def parted(images, grid):
    """The blocks of images: the inverse of `joined`."""
    rows, columns = grid
    height, width = images.shape[1] // rows, images.shape[2] // columns
    cut = tf.reshape(images, (-1, rows, height, columns, width))
    return tf.reshape(tf.transpose(cut, (0, 1, 3, 2, 4)), (-1, height, width, 1))


class Joining(keras.layers.Layer):
    """A denoiser of blocks that shows another one the images which they make up.

    Args:
        denoiser: with the call arguments and results of `BalancedCNN`, which this has too.

    Attributes:
        grid: rows and columns of blocks in each image.
    """

    def __init__(self, denoiser, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.denoiser, self.grid = denoiser, (1, 1)

    def build(self, blocks_shape):
        self.denoiser.build(blocks_shape)

    def call(self, blocks, symmetry_every=None, training=False):
        seen = joined(blocks, self.grid)
        restored, symmetry = self.denoiser(seen, symmetry_every=symmetry_every, training=training)
        return parted(restored, self.grid), symmetry


class JoinedAMPNet(AMPNet):
    """AMP-Net of the same weights, which senses blocks, but whose balanced CNNs are shown whole images.

    Args:
        grid: rows and columns of blocks in each image, as many, since merged pairs take squares; a batch
            holds the blocks of one or more images. It can be set anew.
        fields: as in `AMPNet`, without attention, which is of single blocks.
    """

    def __init__(self, grid=(1, 1), **fields):
        super().__init__(**fields)
        self.grid = grid

    def make_denoiser(self, make=backends.make_denoiser):
        return Joining(super().make_denoiser(make), dtype=self.dtype_policy, name="joining")

    @property
    def grid(self):
        """Rows and columns of blocks in each image."""
        return self.stages[0].cnn.grid

    @grid.setter
    def grid(self, grid):
        for stage in self.stages:
            stage.cnn.grid = grid
