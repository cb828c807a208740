"""AMP-Net whose CNNs see beyond the block in training too."""

from amp_net import AMPNet
from amp_net.layers import AcrossBlocks


class JoinedAMPNet(AMPNet):
    """AMP-Net of the same weights, whose batches of blocks are images, which its balanced CNNs are shown.

    Args:
        grid: rows and columns of blocks in each image; a batch holds the blocks of one or more images. It can
            be set anew.
        fields: as in `AMPNet`.
    """

    def __init__(self, grid=(1, 1), **fields):
        super().__init__(**fields)
        self.grid = tuple(grid)

    def _reconstruct(self, measurements, symmetry_every=None, training=False, across=None):
        across = across or AcrossBlocks(*self.grid, self.block_size)
        return super()._reconstruct(measurements, symmetry_every, training, across)
