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
    height, width = ops.shape(images)[1:3]
    rows, columns = height // side, width // side
    grid = ops.transpose(ops.reshape(images, (-1, rows, side, columns, side)), (0, 1, 3, 2, 4))
    return ops.reshape(grid, (-1, rows, columns, side**2))


def from_squares(squares, side):
    """The inverse of `to_squares`."""
    rows, columns = ops.shape(squares)[1:3]
    grid = ops.transpose(ops.reshape(squares, (-1, rows, columns, side, side)), (0, 1, 3, 2, 4))
    return ops.reshape(grid, (-1, rows * side, columns * side, 1))
