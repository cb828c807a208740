"""AMP-Net whose CNNs see beyond the block."""

import tensorflow as tf

from amp_net import AMPNet


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

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate = self.initialization(measurements)
        residual, symmetry = measurements - self.sensing(estimate), []
        for stage in self.stages:
            seen = joined(self.sensing.adjoint(residual) + estimate, self.grid)
            restored, of_stage = stage.cnn(seen, symmetry_every=symmetry_every, training=training)
            estimate = parted(restored, self.grid)
            symmetry.append(of_stage)
            if not stage.last:
                residual = measurements - self.sensing(estimate) + stage.onsager * residual
        return estimate, symmetry
