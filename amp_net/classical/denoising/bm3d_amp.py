"""D-AMP with BM3D."""

import numpy as np

from amp_net.classical.denoising.damp import damp
from amp_net.operators.operator import Operator


def bm3d_amp(operator: Operator, measurements, iterations: int = 30) -> np.ndarray:
    """BM3D-AMP (Metzler, Maleki and Baraniuk, 2016): `damp` with BM3D (Dabov et al., 2007).

    The denoiser is that of its authors, the package `bm3d`, whose licence is for non-commercial use.

    Args:
        operator: Φ.
        measurements: y, `(batch, rows, columns, m)`.
        iterations: N.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: if the package is not installed, or see `damp`.
    """
    try:
        import bm3d
    except ImportError as error:
        raise ValueError(
            "BM3D-AMP needs the package bm3d, for non-commercial use; install it with "
            "pip install 'amp_net[bm3d]'."
        ) from error
    return damp(operator, measurements, bm3d.bm3d, iterations)
