"""Images as grids of squares of pixels, such as blocks, and back."""

from keras import ops


def to_squares(images, side):
    """Cuts images into squares, each flattened row by row.

    Args:
        images: `(batch, rows · side, columns · side, 1)`.
        side: of a square in pixels.

    Returns:
        `(batch, rows, columns, side²)`.
    """
    rows, columns = images.shape[1] // side, images.shape[2] // side
    grid = ops.transpose(ops.reshape(images, (-1, rows, side, columns, side)), (0, 1, 3, 2, 4))
    return ops.reshape(grid, (-1, rows, columns, side**2))


def from_squares(squares, side):
    """The inverse of `to_squares`."""
    rows, columns = squares.shape[1:3]
    grid = ops.transpose(ops.reshape(squares, (-1, rows, columns, side, side)), (0, 1, 3, 2, 4))
    return ops.reshape(grid, (-1, rows * side, columns * side, 1))
