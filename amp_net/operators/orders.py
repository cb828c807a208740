"""In which order the rows of a Hadamard matrix are shown to a camera."""

import numpy as np

ORDERS = ("natural", "walsh", "sequency", "cake_cutting", "zig_zag", "random")


def changes(side: int) -> np.ndarray:
    """How often each row of Sylvester's matrix changes its sign from left to right, whole numbers `(side,)`.

    >>> changes(4)
    array([0, 3, 1, 2])
    """
    mirrored = np.zeros(side, int)
    bits = side.bit_length() - 1
    for bit in range(bits):
        mirrored |= (np.arange(side) >> bit & 1) << (bits - 1 - bit)
    # The inverse of Gray's code: each bit and all above it, modulo 2.
    for shift in (1, 2, 4, 8, 16):
        mirrored ^= mirrored >> shift
    return mirrored


def order(name: str, block_shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Rows of the Hadamard matrix of order n = height · width, the first to measure first.

    A pattern is the product of a column with v and a row with h changes of sign. Orders are

    - `"natural"`: Sylvester's;
    - `"walsh"`: by the changes of sign of the pattern read row by row as one line of n;
    - `"sequency"`: by v + h, equal ones by the larger of the two, then by v;
    - `"cake_cutting"`: by the number of pieces, (v + 1) (h + 1) (Yu, Sensors 2019), likewise;
    - `"zig_zag"`: along the diagonals of the table of v and h, as JPEG goes along its frequencies;
    - `"random"`: by chance, but for the white pattern, which stays the first.

    Args:
        name: one of `ORDERS`.
        block_shape: height and width of a frame, powers of two.
        seed: of the random order.

    Returns:
        Whole numbers `(n,)`, a permutation of 0 to n − 1.

    Raises:
        ValueError: if there is no such order.

    >>> order("walsh", (2, 2))
    array([0, 2, 3, 1])
    """
    height, width = block_shape
    if name == "natural":
        return np.arange(height * width)
    if name == "walsh":
        return np.argsort(changes(height * width))
    if name == "random":
        return np.append(0, 1 + np.random.default_rng(seed).permutation(height * width - 1))
    down, along = (grid.ravel() for grid in np.meshgrid(changes(height), changes(width), indexing="ij"))
    if name == "sequency":
        return np.lexsort((down, np.maximum(down, along), down + along))
    if name == "cake_cutting":
        return np.lexsort((down, np.maximum(down, along), (down + 1) * (along + 1)))
    if name == "zig_zag":
        diagonal = down + along
        return np.lexsort((np.where(diagonal % 2, down, along), diagonal))
    raise ValueError(f"An order is {', '.join(ORDERS)}, not {name!r}.")
