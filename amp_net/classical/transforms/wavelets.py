"""Orthonormal wavelets of whole images, by PyWavelets."""

import math
import warnings

import numpy as np
import pywt

WAVELET = "sym4"
LEVELS, COARSEST = 5, 4
"""Levels of scale at most, and the least side of the coarsest."""
AXES = (1, 2)


class Wavelets:
    """W: images to coefficients, and Wᵀ back.

    Sides are filled up with zeros to multiples of 2^levels, so W is an isometry of any image, Wᵀ W = I.

    >>> wavelets, images = Wavelets(1, (16, 20)), np.ones((1, 16, 20, 1), "float32")
    >>> bool(np.allclose(wavelets.transpose(wavelets.forward(images)), images))
    True

    Args:
        batch: number of images.
        shape: their height and width.
    """

    def __init__(self, batch: int, shape: tuple[int, int]) -> None:
        self.levels = min(LEVELS, max(0, int(math.log2(min(shape) / COARSEST))))
        self.shape, step = shape, 2**self.levels
        self.padding = [(0, 0), *((0, -side % step) for side in shape)]
        coarse = (-(-side // step) for side in shape)
        self.coarse = (slice(None), *map(slice, coarse))
        """Where the coefficients of the coarsest image stand, which are not sparse."""
        self.slices = pywt.coeffs_to_array(self._levels(np.zeros((batch, *shape), "float32")), axes=AXES)[1]

    def forward(self, images: np.ndarray) -> np.ndarray:
        """`(batch, height, width, 1)` to coefficients `(batch, height or more, width or more)`."""
        return pywt.coeffs_to_array(self._levels(images[..., 0]), axes=AXES)[0]

    def transpose(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients to images `(batch, height, width, 1)`."""
        levels = pywt.array_to_coeffs(coefficients, self.slices, "wavedec2")
        images = pywt.waverec2(levels, WAVELET, "periodization", AXES)
        return np.ascontiguousarray(images[:, : self.shape[0], : self.shape[1], None])

    def _levels(self, planes):
        with warnings.catch_warnings():
            # Of levels in which each coefficient sees a border; periodic ones are orthonormal all the same.
            warnings.simplefilter("ignore", UserWarning)
            return pywt.wavedec2(np.pad(planes, self.padding), WAVELET, "periodization", self.levels, AXES)


def softened(values: np.ndarray, threshold) -> np.ndarray:
    """The soft threshold η, sign(v) max(|v| − t, 0)."""
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0)
