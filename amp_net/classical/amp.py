"""The classical AMP iteration, Algorithm 1: for any sensing matrix, with nothing trained."""

import numpy as np
import scipy.fft
from keras import ops

from amp_net.classical.transforms.seen import cosines, seen
from amp_net.classical.transforms.sensed import Sensed
from amp_net.classical.transforms.wavelets import softened
from amp_net.layers.amp_stage import RESIDUALS
from amp_net.operators.operator import Operator


def amp(
    operator: Operator,
    measurements,
    iterations: int = 100,
    threshold: float = 1.75,
    residual: str = "current",
) -> np.ndarray:
    """Recovers blocks that are sparse under the orthonormal discrete cosine transform D.

        S(0) = pinv(A) Y,  Z(0) = Y − A S(0)
        S(k) = η(Aᵀ Z(k−1) + S(k−1))
        Z(k) = Y − A S(k) + ϕ(k) Z(k−1)
        X = Dᵀ S(N)

    with η the soft threshold and ϕ(k) Z(k−1) the Onsager term. As in AMP, and as in our networks, Z(k) is
    computed from S(k); the paper prints S(k−1).

    AMP supposes a matrix with columns of norm 1 and without preferred directions. Any other, such as a
    camera's of zeros and ones, is first made orthonormal: with Φ = UΣVᵀ, Y becomes Σ⁻¹Uᵀ Y, and A is VᵀDᵀ,
    both scaled until A's longest column has norm 1; ϕ(k) weights each coefficient with the square of its
    column's norm, `ϕ = Σ_j |a_j|² η'_j / m`.

    The noise is estimated from the median magnitude of a block's coefficients, as in Donoho, Maleki and
    Montanari (2009). It comes from what is not measured: a coefficient of which the rows V see the share
    q_j has the threshold `threshold` √(1 − q_j) times it, and none where it is measured as it is.

    Args:
        operator: Φ.
        measurements: y, `(batch, rows, columns, m)`.
        iterations: N.
        threshold: in standard deviations of the noise.
        residual: whether Z(k) is computed from the `"current"` estimate or, as printed, the `"previous"` one.

    Returns:
        Images, float32 `(batch, rows · height, columns · width, 1)`; not clipped.

    Raises:
        ValueError: if a number is below 0, there is no such residual, or see `Sensed`.
    """
    if residual not in RESIDUALS:
        raise ValueError(f"The residual is of the {' or '.join(RESIDUALS)} estimate, not {residual!r}.")
    if not (iterations >= 0 and threshold >= 0):
        raise ValueError(
            f"There are {iterations} iterations with a threshold of {threshold}; neither may be below 0."
        )
    sensed = Sensed(operator, measurements)
    q, shares = sensed.operator, seen(sensed.operator)
    # The square of A's scale; with it Z below is that of the docstring times the scale.
    scale = np.float32(1 / shares.max())
    part = np.float32(threshold) * np.sqrt(np.maximum(1 - shares, 0))
    sparse = cosines(q.transpose(sensed.y))
    left = np.zeros_like(sensed.y)
    for _ in range(iterations):
        before, noisy = sparse, scale * cosines(q.transpose(left)) + sparse
        # The median magnitude of a Gaussian is 0.6745 of its standard deviation.
        level = np.median(np.abs(noisy), axis=(-2, -1), keepdims=True) / np.float32(0.6745)
        sparse = softened(noisy, level * part)
        term = onsager(sparse, scale * shares, q.measurements)
        explained = sparse if residual == "current" else before
        left = sensed.y - _measured(q, explained) + term * left
    blocks = scipy.fft.idctn(sparse, axes=(-2, -1), norm="ortho")
    batch, rows, columns, height, width = blocks.shape
    return blocks.swapaxes(2, 3).reshape(batch, rows * height, columns * width, 1)


def onsager(sparse: np.ndarray, squares: np.ndarray, measurements: int) -> np.ndarray:
    """ϕ = Σ_j |a_j|² η'_j / m of each block's S, `(…, height, width)`: an array `(…, 1)`."""
    return np.sum(squares * (sparse != 0), axis=(-2, -1))[..., None] / np.float32(measurements)


def _measured(operator, sparse):
    return ops.convert_to_numpy(operator.forward(scipy.fft.idctn(sparse, axes=(-2, -1), norm="ortho")))
