"""PSNR and SSIM of images."""

import numpy as np
import scipy.ndimage


def psnr(reference: np.ndarray, restored: np.ndarray, clip: bool = True) -> float:
    """Peak signal-to-noise ratio of one image in dB, for a peak of 1.

    Args:
        reference: the original, floats in [0, 1], any shape.
        restored: the reconstruction, same shape.
        clip: whether the reconstruction is first clipped to [0, 1], as it would be on a screen or in a
            file. The authors' published numbers are unclipped.

    Returns:
        dB; infinite for equal images.

    Raises:
        ValueError: if the shapes differ.
    """
    reference = np.asarray(reference, "float64")
    restored = np.asarray(restored, "float64")
    if reference.shape != restored.shape:
        raise ValueError(f"The images to compare have shapes {reference.shape} and {restored.shape}.")
    if clip:
        restored = np.clip(restored, 0, 1)
    error = np.mean((reference - restored) ** 2)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def ssim(reference: np.ndarray, restored: np.ndarray) -> float:
    """Structural similarity of one channel, after Wang et al. 2004.

    Gaussian window of 11×11 and σ 1.5, K = (0.01, 0.03), mean over the positions where the window fits;
    the reconstruction is clipped to [0, 1].

    Args:
        reference: the original, floats in [0, 1], `(height, width)`.
        restored: the reconstruction, same shape.

    Returns:
        SSIM in [−1, 1], or NaN for an image smaller than the window.
    """
    if min(reference.shape) < 11:
        return float("nan")
    x, y = (np.clip(image, 0, 1).astype("float64") for image in (reference, restored))
    mean_x, mean_y = _windowed(x), _windowed(y)
    variances = _windowed(x * x + y * y) - mean_x**2 - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + 0.01**2) / (mean_x**2 + mean_y**2 + 0.01**2)
    contrast_and_structure = (2 * covariance + 0.03**2) / (variances + 0.03**2)
    return float(np.mean(luminance * contrast_and_structure))


def _windowed(image):
    """The weighted mean in each Gaussian window that fits."""
    weights = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    for axis in (0, 1):
        image = scipy.ndimage.correlate1d(image, weights / weights.sum(), axis)
    return image[5:-5, 5:-5]
