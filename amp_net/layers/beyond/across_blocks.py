"""The images that blocks make up, shown to CNNs that are to see beyond a block. Ours, beyond the paper."""

from keras import ops

from amp_net.layers.beyond.squares import from_squares, to_squares

TURNS = range(8)
"""Of an image, all flips and quarter turns: 4 swaps rows and columns, then 1 flips rows and 2 columns."""


class AcrossBlocks:
    """How the blocks of a batch lie in images.

    Sensing is of single blocks, but nothing keeps a stage's CNN to them: it is shown the images instead, and
    its output is split into blocks again.

    >>> import numpy as np
    >>> across = AcrossBlocks(rows=2, columns=3, side=4)
    >>> tuple(across.joined(np.ones((6, 4, 4, 1), "float32")).shape)
    (1, 8, 12, 1)

    Args:
        rows, columns: of blocks in an image; whole numbers, or scalar tensors in a traced function.
        side: of a block in pixels.
        turn: one of `TURNS`, in which the CNN is shown the images. It is turned back in what it gives.
    """

    def __init__(self, rows, columns, side, turn=0):
        self.rows, self.columns, self.side, self.turn = rows, columns, side, turn

    def joined(self, blocks):
        """Blocks `(images · rows · columns, side, side, 1)` to images `(images, height, width, 1)`."""
        flat = ops.reshape(blocks, (-1, self.rows, self.columns, self.side**2))
        return from_squares(flat, self.side)

    def split(self, images):
        """The inverse of `joined`."""
        return ops.reshape(to_squares(images, self.side), (-1, self.side, self.side, 1))

    def shown(self, blocks):
        """The images that blocks make up, turned."""
        return turned(self.joined(blocks), self.turn)

    def split_shown(self, images):
        """The inverse of `shown`."""
        return self.split(turned_back(images, self.turn))


def turned(images, turn):
    """Images `(batch, height, width, channels)` in one of `TURNS`."""
    if turn & 4:
        images = ops.transpose(images, (0, 2, 1, 3))
    return _flipped(images, turn)


def turned_back(images, turn):
    """The inverse of `turned`."""
    images = _flipped(images, turn)
    return ops.transpose(images, (0, 2, 1, 3)) if turn & 4 else images


def _flipped(images, turn):
    axes = [axis for axis in (1, 2) if turn & axis]
    return ops.flip(images, axes) if axes else images
