"""What a single-pixel camera would say of a photograph: light on mirrors, and a detector that counts it."""

import cv2
import numpy as np
from keras import ops

from amp_net import images
from amp_net.bench.acquisition import Acquisition, in_turn
from amp_net.images import luminance

MOST_PHOTONS = 1e12
"""Of a white pixel; what Poisson counts of a whole frame stay exact with."""


def scene_of(image, frame, grid=(1, 1)):
    """A photograph as the camera sees it, in grey, its middle averaged to the pixels of the patterns.

    Args:
        image: as `images.read_unchanged` gives it; alpha is left out.
        frame: height and width of a pattern.
        grid: rows and columns of patterns beside each other.

    Returns:
        float32 `(rows · height, columns · width)` in [0, 1].
    """
    grey = images.to_unit(image)
    if grey.ndim == 3:
        grey = luminance(grey[..., :3].astype("float32"))
    height, width = (side * count for side, count in zip(frame, grid, strict=True))
    scale = min(grey.shape[0] / height, grey.shape[1] / width)
    seen = [max(1, round(side * scale)) for side in (height, width)]
    top, left = ((side - part) // 2 for side, part in zip(grey.shape, seen, strict=True))
    middle = np.ascontiguousarray(grey[top : top + seen[0], left : left + seen[1]])
    smaller = scale >= 1
    found = cv2.resize(middle, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.clip(found, 0, 1).astype("float32")


def numbers_of(scene, acquisition: Acquisition, photons=None, dark=0.0, drift=0.0, noise_std=0.0, seed=0):
    """A detector's numbers.

    Args:
        scene: `(rows · height, columns · width)` in [0, 1].
        acquisition: an `Acquisition`.
        photons: counts of a white pixel with a mirror that is on, while one pattern is shown; None for
            numbers without photon noise, in units of that.
        dark: counts of each pattern without light, likewise Poisson.
        drift: by how much the lamp gets brighter (or darker, below 0) from the first pattern to the last.
        noise_std: standard deviation of Gaussian noise of the electronics, relative to the numbers' RMS.
        seed: an int or several.

    Returns:
        `(rows, columns, L)`: int64 counts, or float32 where there are no photons.

    Raises:
        ValueError: if a number is none that can be, or patterns that are shown would have to be negative.
    """
    if photons is not None and not 0 < photons <= MOST_PHOTONS:
        raise ValueError(f"There are {photons:g} photons; give more than 0 and at most {MOST_PHOTONS:g}.")
    if not (0 <= dark < np.inf and -1 < drift < np.inf and 0 <= noise_std < np.inf):
        raise ValueError(
            f"Dark counts of {dark:g}, a drift of {drift:g} and noise of {noise_std:g} cannot be; give 0 or "
            "more, and a drift above −1."
        )
    light = _light(np.asarray(scene, "float32")[np.newaxis, ..., np.newaxis], acquisition)
    if photons is not None and light.min() < -1e-3:
        raise ValueError(
            "Φ has entries below 0, and light has none; give --split=interleaved, halves or white."
        )
    # Each block is measured for itself, one after the other.
    lamp = 1 + drift * np.linspace(0, 1, light.size).reshape(light.shape)
    rng = np.random.default_rng(seed)
    numbers = light * lamp * (1 if photons is None else photons) + dark
    if photons is not None:
        numbers = rng.poisson(np.maximum(numbers, 0))
    if noise_std:
        level = noise_std * np.sqrt(np.mean(np.square(numbers, dtype="float64")))
        numbers = numbers + level * rng.standard_normal(numbers.shape)
    return numbers.astype("int64") if photons is not None and not noise_std else numbers.astype("float32")


def _light(scene, acquisition):
    """The light of each pattern that is shown, float64 `(rows, columns, L)`."""
    seen = ops.convert_to_numpy(acquisition.operator.measure(scene))[0].astype("float64") / acquisition.weight
    if acquisition.split == "none":
        return seen
    height, width = acquisition.frame
    blocks = scene[0, ..., 0].reshape(seen.shape[0], height, seen.shape[1], width)
    total = blocks.sum((1, 3), dtype="float64")[..., np.newaxis]
    if acquisition.split == "white":
        positive = (seen + total) / 2
        return positive if acquisition.white is not None else np.concatenate([total, positive], axis=2)
    if acquisition.two_valued:
        both = total
    else:
        # The light of both parts together is what the magnitudes of Φ measure.
        flat = blocks.transpose(0, 2, 1, 3).reshape(*seen.shape[:2], -1)
        both = flat @ np.abs(acquisition.matrix).T.astype("float64") / acquisition.weight
    positive, negative = (both + seen) / 2, (both - seen) / 2
    if acquisition.split == "halves":
        return np.concatenate([positive, negative], axis=2)
    return np.moveaxis(in_turn(np.moveaxis(positive, 2, 0), np.moveaxis(negative, 2, 0)), 0, 2)
