"""How many bytes a file of each kind may have, judged before it is read."""

TEXT = 2**24
"""JSON, CSV and lists: 16 MiB, of which Python's objects take some hundreds."""
WEIGHTS = 2**31
"""A preset's or another network's weights: 2 GiB."""
STATE = 2**33
"""A training's weights, with all that an optimizer keeps of them: 8 GiB."""
MATLAB = 2**32
"""A `.mat` file: 4 GiB."""
PART = 2**32
"""What is kept of a piece of work that was not finished: 4 GiB."""
MARGIN = 2**24
"""What a file holds besides its numbers: 16 MiB."""


def image(pixels):
    """An image file: 8 bytes a pixel, as without compression in four channels of 16 bits.

    >>> image(400_000_000)
    3216777216
    """
    return 8 * pixels + MARGIN


def measurements(pixels):
    """A measurement file: 16 bytes a pixel, as of three channels and alpha in float32 at a CS ratio of 100 %.

    >>> measurements(400_000_000)
    6416777216
    """
    return 16 * pixels + MARGIN
