"""D-AMP with a denoiser that is trained."""

import functools

import numpy as np

from amp_net.classical.denoising.damp import damp
from amp_net.models.rival_presets import load_denoiser
from amp_net.operators.operator import Operator


def ld_amp(operator: Operator, measurements, iterations: int = 30) -> np.ndarray:
    """LD-AMP (Metzler, Mousavi and Baraniuk, 2017): `damp` with a `DnCNN`.

    Theirs is unrolled in ten layers, whose denoisers are for ranges of noise, trained denoiser by denoiser.
    Here one that is told σ stands in all iterations; the Onsager term is, as theirs, by Monte Carlo.

    Args:
        operator: Φ.
        measurements: y, `(batch, rows, columns, m)`.
        iterations: N.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: if the denoiser has no weights, and then it says which command makes them; or see `damp`.
    """
    return damp(operator, measurements, _denoiser().denoised, iterations)


@functools.lru_cache(maxsize=1)
def _denoiser():
    return load_denoiser()
