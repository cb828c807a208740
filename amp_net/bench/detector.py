"""From the numbers of a detector to y = Φ x of pixels in [0, 1]."""

import dataclasses

import numpy as np

from amp_net.bench import gain
from amp_net.bench.acquisition import Acquisition

NAMES = ("y", "measurements", "measurement", "meas", "spectral_data", "counts", "signal", "data")
"""Of the array with y in a file that holds several."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Measurements of frames, and what was found in making them.

    Attributes:
        y: float32 `(frames, rows, columns, m)`: Φ times pixels in [0, 1], but for noise.
        acquisition: with the rows of Φ that y is of.
        gain: what the detector's numbers were divided by.
        estimated: whether the gain was.
        floor: the darkest pixel's brightness where no row measures the mean, else 0.
        noise: standard deviation of the photons' noise in y; 0 where y is no counts.
        remarks: a list of sentences for the user.
    """

    y: np.ndarray
    acquisition: Acquisition
    gain: float
    estimated: bool
    floor: float
    noise: float
    remarks: list[str]


def arranged(raw, acquisition, grid=None):
    """A detector's numbers with their axes in order.

    Args:
        raw: `(L,)`, `(L, 1)`, `(frames, L)`, `(L, frames)`; with a grid `(blocks, L)`, `(rows, columns, L)`,
            `(frames, blocks, L)` or `(frames, rows, columns, L)`; L numbers a frame or block, see
            `Acquisition.shown`.
        acquisition: an `Acquisition`; where it has an open end, it may be shortened.
        grid: rows and columns of blocks; None where the shape says it, or there is one block.

    Returns:
        float64 `(frames, rows, columns, L)`, the acquisition, and a list of remarks.

    Raises:
        ValueError: if the shape does not fit.
    """
    with np.errstate(all="ignore"):
        raw, remarks = np.asarray(raw, "float64"), []
    if raw.ndim == 0 or 0 in raw.shape:
        raise ValueError(f"y has shape {raw.shape}; it holds no measurements.")
    if raw.ndim == 1 or (raw.ndim == 2 and 1 in raw.shape):
        raw = raw.reshape(1, -1)
    lengths = _lengths(acquisition)
    # A whole acquisition along the first axis: a column for each frame.
    first = raw.ndim == 2 and raw.shape[0] in lengths and raw.shape[1] not in lengths
    if first and raw.shape[1] > 1:
        remarks.append(f"y has shape {raw.shape}: {raw.shape[1]} columns are taken for as many frames")
    raw = raw.T if first else raw
    count = raw.shape[-1]
    if count not in lengths and acquisition.open_end:
        acquisition = _shortened(acquisition, count)
    if count not in (*lengths, acquisition.shown):
        raise ValueError(_mismatch(raw, acquisition))
    rows, columns = grid or (raw.shape[:2] if raw.ndim == 3 else raw.shape[1:3] if raw.ndim == 4 else (1, 1))
    shapes = {2: [(-1, count)], 3: [(rows, columns, count), (-1, rows * columns, count)]}
    shapes[4] = [(-1, rows, columns, count)]
    blocks = raw.size // count
    fits = any(
        all(side in (-1, found) for side, found in zip(shape, raw.shape, strict=True))
        for shape in shapes.get(raw.ndim, [])
    )
    if not fits or blocks % (rows * columns):
        raise ValueError(
            f"y has shape {raw.shape}, which is not of {rows} × {columns} blocks; they have shape "
            f"({rows * columns}, {count}) or ({rows}, {columns}, {count}), and frames an axis before that."
        )
    frames = blocks // (rows * columns)
    if frames > 1 and grid is None and not first and raw.ndim == 2:
        remarks.append(
            f"y has shape {raw.shape}: {frames} frames; if they are blocks of one image, give "
            "--grid=ROWS,COLUMNS"
        )
    return raw.reshape(frames, rows, columns, count), acquisition, remarks


def combined(raw, acquisition, dark=0.0):
    """Φ x, times the gain, of what was measured of the patterns that were shown.

    Args:
        raw: `(…, L)`.
        acquisition: an `Acquisition`.
        dark: what the detector says in the dark, a number or `(L,)`; of pairs it falls out.

    Returns:
        float64 `(…, m)`, and the sum of the counts that each is made of, times their factors squared: the
        variance of photons.
    """
    light = raw - dark
    split, weight = acquisition.split, acquisition.weight
    if split == "none":
        return light, raw
    if split == "white":
        white = acquisition.white
        reference, positive = (
            (light[..., :1], light[..., 1:]) if white is None else (light[..., [white]], light)
        )
        variance = 4 * np.abs(positive) + np.abs(reference)
        return weight * (2 * positive - reference), weight**2 * variance
    if split == "interleaved":
        positive, negative, sums = light[..., ::2], light[..., 1::2], raw[..., ::2] + raw[..., 1::2]
    else:
        half = acquisition.measurements
        positive, negative, sums = light[..., :half], light[..., half:], raw[..., :half] + raw[..., half:]
    return weight * (positive - negative), weight**2 * sums


def measured(raw, acquisition, grid=None, dark=0.0, scale=None, must_be_whole=False):
    """The measurements in what a detector says.

    Args:
        raw: see `arranged`; NaN and infinity stand for what is missing, in any frame.
        acquisition: an `Acquisition`.
        grid: as in `arranged`.
        dark: as in `combined`.
        scale: the gain, what a white pixel measures with a mirror that is on; None to find it.
        must_be_whole: whether no row may be missing, as for a network of one Φ.

    Returns:
        `Measured`.

    Raises:
        ValueError: if the shape does not fit, the dark counts or the scale are none, or nothing is left.
    """
    if scale is not None and not 0 < np.float32(scale) < np.inf:
        raise ValueError(f"The scale of the measurements is {scale}; it must be a finite number above 0.")
    raw, acquisition, remarks = arranged(raw, acquisition, grid)
    dark = _dark(dark, raw.shape[-1])
    counts = bool(np.all((raw >= 0) & (raw == np.trunc(raw)) | ~np.isfinite(raw)) and np.nanmax(raw) > 1)
    with np.errstate(invalid="ignore", over="ignore"):
        y, variance = combined(raw, acquisition, dark)
    whole = np.isfinite(y).all(axis=(0, 1, 2))
    missing = int((~whole).sum())
    if missing == len(whole):
        raise ValueError("y holds no finite number of any row in all frames; nothing can be rebuilt of it.")
    if missing and must_be_whole:
        raise ValueError(
            f"{missing} of the {len(whole)} measurements are missing or not finite, and a network of one Φ "
            "needs all; rebuild with --phi, which drops them."
        )
    if missing:
        some = ", ".join(map(str, np.flatnonzero(~whole)[:5])) + (", …" if missing > 5 else "")
        remarks.append(f"{missing} of {len(whole)} rows are missing or not finite and left out: {some}")
        y, variance, acquisition = y[..., whole], variance[..., whole], acquisition.kept(whole)
    if not np.abs(y).max() < np.finfo("float32").max / 1e6:
        raise ValueError(f"y reaches {np.abs(y).max():.3g}, which is too large; give it in other units.")
    if acquisition.split == "none" and (y > 0).all() and _both_signs(acquisition):
        remarks.append("all numbers are above 0, though Φ has both signs; if they are ± pairs, give --split")
    white, floor, how = (float(scale), 0.0, "") if scale is not None else gain.estimated(y, acquisition)
    if how:
        remarks.append(f"the gain is estimated {how}: a white pixel measures {white:.4g}; --scale sets it")
    noise = float(np.sqrt(np.mean(np.abs(variance)))) / white if counts else 0.0
    y = (y / white).astype("float32")
    gain.check_range(y, acquisition)
    return Measured(y, acquisition, white, bool(how), floor, noise, remarks)


def _lengths(acquisition):
    """How many numbers a whole acquisition has."""
    return (
        (acquisition.shown, acquisition.measurements + 1)
        if _extra_white(acquisition)
        else (acquisition.shown,)
    )


def _extra_white(acquisition):
    return acquisition.split == "white" and acquisition.white is None


def _shortened(acquisition, count):
    """An acquisition that ends with so many numbers, if it can."""
    pairs = acquisition.split in ("interleaved", "halves")
    rows = count // 2 if pairs else count - _extra_white(acquisition)
    if 0 < rows < acquisition.measurements and not (pairs and count % 2):
        return acquisition.kept(np.arange(rows))
    return acquisition


def _mismatch(raw, acquisition):
    """What is wrong with y, and what the user may have meant."""
    count, rows, split = raw.shape[-1], acquisition.measurements, acquisition.split
    what = f"y has {count} numbers for {rows} rows of Φ"
    if split != "none":
        what += f" and --split={split}, which needs {acquisition.shown}"
    guess = f"give it in the shape ({acquisition.shown},), or (frames, {acquisition.shown})"
    if split == "none" and count == 2 * rows:
        guess = "are they ± pairs? --split=interleaved, or --split=halves where all positive ones come first"
    elif split == "none" and count == rows + 1:
        guess = "is the first the white reference? --split=white"
    elif split != "none" and count == rows:
        guess = "are they differences already? Then leave --split out"
    elif count > acquisition.shown and count % acquisition.shown == 0:
        guess = f"are they {count // acquisition.shown} frames or blocks? Give them a row each"
    elif count < acquisition.shown:
        stopped = count // 2 if split in ("interleaved", "halves") else count
        guess = f"was the measurement stopped early? --measurements={stopped}"
    return f"{what}; {guess}."


def _dark(dark, count):
    dark = np.asarray(dark, "float64").ravel()
    if not dark.size or not np.isfinite(dark).all():
        raise ValueError("The dark counts hold NaN or infinity, or nothing; give finite numbers.")
    # As many as of y are of its patterns, any others are readings of the same.
    return dark if dark.size == count else dark.mean()


def _both_signs(acquisition):
    """Whether most rows of Φ have entries of both signs."""
    return acquisition.matrix is None or np.mean(acquisition.matrix.min(1) < 0) > 0.5
