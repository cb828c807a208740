"""D-AMP with non-local means."""

import numpy as np
from skimage.restoration import denoise_nl_means

from amp_net.classical.denoising.damp import damp
from amp_net.operators.operator import Operator


def nlm_amp(operator: Operator, measurements, iterations: int = 30) -> np.ndarray:
    """NLM-AMP (Metzler, Maleki and Baraniuk, 2016): `damp` with non-local means.

    The method is that of Buades, Coll and Morel (2005), by scikit-image, with patches of 5×5 within 7 pixels
    and h = 0.8 σ, as its documentation has it.

    Args:
        operator: Φ.
        measurements: y, `(batch, rows, columns, m)`.
        iterations: N.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: see `damp`.
    """
    return damp(operator, measurements, nlm, iterations)


def nlm(image: np.ndarray, level: float) -> np.ndarray:
    """A grey image `(height, width)` without noise of a standard deviation."""
    return denoise_nl_means(image, patch_size=5, patch_distance=7, h=0.8 * level, sigma=level)
