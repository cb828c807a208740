"""The gain of a detector: what it says of a white pixel."""

import numpy as np
from keras import ops

from amp_net.measurements.camera_data import check_between
from amp_net.operators import orthonormal

BRIGHTEST = 99.5
"""The percentile of the pixels that is taken for white."""
DARKEST, LARGEST = 0.02, 1.25
"""With a mean brightness from the former to 1, and white below the latter, y is taken to be of [0, 1]."""


def check_range(y, acquisition):
    """Refuses measurements in other units, or by another Φ, as far as that can be seen.

    Args:
        y: `(…, m)`, of pixels in [0, 1].
        acquisition: an `Acquisition`.

    Raises:
        ValueError: if no such pixels give them, with a quarter of their range to spare for noise.
    """
    flat = _of_white(acquisition)
    sums = (
        np.full(len(flat), acquisition.pixels)
        if acquisition.matrix is None
        else np.abs(acquisition.matrix).sum(1)
    )
    low, high = (flat - sums) / 2, (flat + sums) / 2
    check_between(y, low, high)


def estimated(y, acquisition):
    """What a white pixel measures, the darkest pixel's brightness, and how these were found.

    The mean brightness is that of the white row, or of the grey image that fits best; white is the
    brightest pixel of the linear reconstruction, but for a few.

    Args:
        y: `(frames, rows, columns, m)` in the detector's units.
        acquisition: an `Acquisition`.

    Returns:
        The gain; that brightness relative to it, 0 where the mean is known; and words for the user, ""
        where y is of pixels in [0, 1] already and the gain is 1.

    Raises:
        ValueError: if y is of no light.
    """
    flat = _of_white(acquisition).astype("float64")
    white, energy = acquisition.white, float(flat @ flat)
    if white is not None:
        mean, how = float(y[..., white].mean() / flat[white]), "from the white row"
    elif energy > 1e-6 * max(float(np.square(flat).max()), 1.0):
        mean, how = float((y @ flat).mean() / energy), "by least squares"
    else:
        mean, how = 0.0, "from the contrast, since no row measures the mean brightness,"
    size = max(float(np.abs(y).max()), np.finfo("float64").tiny)
    rows, whitening = orthonormal(acquisition.operator)
    rest = ((y - mean * flat) / size).astype("float32")
    pixels = mean + size * ops.convert_to_numpy(rows.adjoint(whitening(rest)))[..., 0]
    darkest, brightest = map(float, np.percentile(pixels, (100 - BRIGHTEST, BRIGHTEST)))
    if DARKEST <= mean <= 1 and brightest <= LARGEST:
        return 1.0, 0.0, ""
    if mean > 0:
        return max(brightest, mean), 0.0, how
    if white is not None:
        raise ValueError(
            f"The white row measures {y[..., white].mean():.3g}, and light is above 0; are the positive and "
            "the negative patterns, or their order, others than said?"
        )
    gain = brightest - darkest
    if not gain > 0:
        raise ValueError("y is zero or below for every image; no gain can be estimated, so give --scale.")
    return gain, darkest / gain, how


def _of_white(acquisition):
    """What each row measures of a white frame, `(m,)`."""
    white = np.ones((1, *acquisition.frame), "float32")
    return ops.convert_to_numpy(acquisition.operator.forward(white))[0]
