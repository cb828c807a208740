"""Images to measurements and back: what a camera records, and what is shown."""

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from amp_net import images
from amp_net.images import blocks
from amp_net.measurements.whole_images import rebuild_planes
from amp_net.storage import texts
from amp_net.storage.kept import Kept
from amp_net.storage.printable import printable

DTYPES = ("uint8", "uint16", "float32")
"""Pixels of an image: 8 bits, 16 bits, or floats in [0, 1]."""


@dataclasses.dataclass(frozen=True)
class Measurements:
    """The measurements of one image, and what is needed to make an image of them again.

    >>> y = Measurements(np.zeros((2, 2, 3, 272), "float32"), 50, 40, "uint8", 33, "amp_net_cs25", "")
    >>> y.shape
    (50, 40, 3)

    Attributes:
        y: float32 `(block rows, block columns, channels, m)`; a grey image has one channel, colour three.
        height, width: of the image in pixels.
        dtype: of the image's pixels, one of `DTYPES`.
        block_size: side of a block in pixels.
        preset: name of the preset that sensed, "" if unknown.
        phi_sha256: of the sensing matrix, see `fingerprint`.
        alpha: the image's alpha channel, which is not sensed, `(height, width)`; None if it has none.
    """

    y: np.ndarray
    height: int
    width: int
    dtype: str
    block_size: int
    preset: str
    phi_sha256: str
    alpha: np.ndarray | None = None

    def __post_init__(self):
        if self.y.dtype != np.float32 or not isinstance(self.preset, str):
            raise ValueError(
                f"y is {self.y.dtype} and the preset {self.preset!r}; they are float32 and text."
            )
        if self.dtype not in DTYPES:
            raise ValueError(f"The pixels are {self.dtype}; they must be {', '.join(DTYPES)}.")
        if min(self.height, self.width, self.block_size) < 1:
            raise ValueError(f"An image of {self.height}×{self.width} pixels does not exist.")
        grid = tuple(-(-side // self.block_size) for side in (self.height, self.width))
        if self.y.ndim != 4 or self.y.shape[:2] != grid or self.y.shape[2] not in (1, 3):
            raise ValueError(
                f"The measurements have shape {self.y.shape}; an image of {self.height}×{self.width} pixels "
                f"needs ({grid[0]}, {grid[1]}, 1 or 3, m)."
            )
        if self.alpha is not None:
            fits = self.alpha.shape == self.shape[:2] and self.alpha.dtype == self.dtype
            if not fits or self.y.shape[2] != 3:
                raise ValueError("There is an alpha channel which does not fit the image.")
            if self.dtype == "float32" and not (self.alpha.min() >= 0 and self.alpha.max() <= 1):
                raise ValueError("The alpha channel holds numbers outside [0, 1].")
        if self.y.shape[3] > self.block_size**2:
            raise ValueError(f"There are {self.y.shape[3]} measurements of {self.block_size**2} pixels.")
        if not np.isfinite(self.y).all():
            raise ValueError("The measurements hold NaN or infinity; they must be finite numbers.")

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's shape, alpha left out."""
        channels = self.y.shape[2]
        return (self.height, self.width) if channels == 1 else (self.height, self.width, channels)


def fingerprint(matrix: np.ndarray) -> str:
    """SHA-256 of a sensing matrix `(m, n)`, by which measurements know what they were made with."""
    return hashlib.sha256(np.ascontiguousarray(matrix, "<f4").tobytes()).hexdigest()


@functools.cache
def former_matrices() -> dict[str, str]:
    """The fingerprints of the sensing matrices of 0.1's presets, with that of the same matrix in float16.

    An entry of the two differs by 2^-11 of its value at most, so measurements of the former fit the latter.
    """
    return texts.read_json(Path(__file__).with_name("former_matrices.json"))


def check_noise(noise_std: float) -> None:
    """Raises a ValueError for noise that cannot be added."""
    if not 0 <= noise_std < np.inf:
        raise ValueError(f"The noise is {noise_std:g} of the measurements; it must be 0 or more.")


def sense_image(
    image: np.ndarray,
    model: Any,
    preset: str = "",
    noise_std: float = 0.0,
    seed: int | Sequence[int] = 0,
) -> Measurements:
    """Measures an image block by block; each colour channel on its own, as in the paper.

    >>> import numpy as np
    >>> from amp_net import AMPNet, reconstruct_image, sense_image
    >>> model = AMPNet.from_preset("amp_net_cs25")
    >>> y = sense_image(np.full((50, 40), 128, "uint8"), model)
    >>> y.y.shape
    (2, 2, 1, 272)
    >>> reconstruct_image(y, model).shape
    (50, 40)

    Args:
        image: `(height, width)`, `(height, width, 3)`, or `(height, width, 4)` with alpha last; uint8,
            uint16, or float32 in [0, 1].
        model: an `AMPNet` or a `Classical`.
        preset: the name to record.
        noise_std: standard deviation of Gaussian noise added to y, relative to the root mean square of y.
        seed: of the noise, an int or several.

    Returns:
        `Measurements`.

    Raises:
        ValueError: if the image's shape or type is another, floats of it are outside [0, 1], or the noise is
            negative or not a number.
    """
    image, alpha = _checked(image)
    check_noise(noise_std)
    y = sense_planes(image.reshape(*image.shape[:2], -1), model)
    if noise_std:
        level = noise_std * np.sqrt(np.mean(np.square(y), dtype="float64"))
        y += np.float32(level) * np.random.default_rng(seed).standard_normal(y.shape, "float32")
    phi_sha256 = fingerprint(model.sensing.matrix)
    height, width = image.shape[:2]
    return Measurements(y, height, width, str(image.dtype), model.block_size, preset, phi_sha256, alpha)


def sense_planes(planes: np.ndarray, model: Any) -> np.ndarray:
    """Measures the channels of an image, without noise.

    Args:
        planes: `(height, width, channels)`, of a dtype as in `sense_image`.
        model: as there; with `SENSES_IMAGES` true, its `sense` is given whole images, not blocks.

    Returns:
        y, float32 `(block rows, block columns, channels, m)`.
    """
    size = model.block_size
    if getattr(model, "SENSES_IMAGES", False):
        whole = images.to_unit(blocks.padded(planes, size))
        y = model.sense(np.moveaxis(whole, -1, 0)[..., np.newaxis])
        return np.moveaxis(np.asarray(y, "float32"), 0, 2)
    rows, columns = -(-planes.shape[0] // size), -(-planes.shape[1] // size)
    y = np.empty((rows, columns, planes.shape[2], model.measurements), "float32")
    for row in range(rows):
        # A row of blocks at a time, so that memory never holds a large image as floats.
        cut = blocks.split(planes[row * size : (row + 1) * size], size)
        sensed = blocks.through(model.sense, images.to_unit(cut))
        y[row] = sensed.reshape(-1, columns, model.measurements).swapaxes(0, 1)
    return y


def reconstruct_image(
    measurements: Measurements, model: Any, way: str | None = None, kept: Kept | None = None
) -> np.ndarray:
    """Makes an image of measurements.

    Args:
        measurements: `Measurements`.
        model: the `AMPNet` whose sensing matrix made them, `optimized` or not, or a `Classical` for it.
        way: one of `whole_images.WAYS`: `"whole"`, the network sees across blocks; `"blockwise"`, each block
            by itself, as in the paper; `"ensemble"`, the mean over eight flips and turns. None for the first
            that the model can go.
        kept: where the pieces of a large image are kept until it is finished, and read again.

    Returns:
        The image, of the shape and type of the one that was sensed; floats are clipped to [0, 1].

    Raises:
        ValueError: if they were made with another sensing matrix, are so large that the result is not
            finite, or the model cannot go this way.
    """
    expected = (model.block_size, model.measurements)
    if (measurements.block_size, measurements.y.shape[3]) != expected:
        raise ValueError(
            f"These are {measurements.y.shape[3]} measurements of each block of {measurements.block_size}×"
            f"{measurements.block_size}; the model takes {expected[1]} of {expected[0]}×{expected[0]}."
        )
    made_with = former_matrices().get(measurements.phi_sha256, measurements.phi_sha256)
    if made_with != fingerprint(model.sensing.matrix):
        raise ValueError(
            "These measurements were made with another sensing matrix than the model's; give the preset "
            f"that made them{f', {printable(measurements.preset)}' if measurements.preset else ''}."
        )
    image = np.empty((*measurements.shape[:2], measurements.y.shape[2]), measurements.dtype)
    to_pixels = functools.partial(images.from_unit, dtype=image.dtype)
    rebuild_planes(measurements.y, model, image, way, to_pixels, kept)
    image = image.reshape(measurements.shape)
    if measurements.alpha is None:
        return image
    return np.concatenate([image, measurements.alpha[..., np.newaxis]], axis=2)


def _checked(image):
    """The image without alpha, and its alpha channel or None."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise ValueError(
            "An image has shape (height, width), (height, width, 3) or (height, width, 4), "
            f"not {image.shape}."
        )
    if image.dtype not in DTYPES:
        raise ValueError(f"The pixels are {image.dtype}; they must be {', '.join(DTYPES)}.")
    if image.dtype == np.float32 and not (image.min() >= 0 and image.max() <= 1):
        raise ValueError("The image's floats are outside [0, 1]; scale them to it.")
    return (image[..., :3], image[..., 3]) if image.ndim == 3 and image.shape[2] == 4 else (image, None)
