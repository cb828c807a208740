"""The classical AMP iteration, Algorithm 1: for any sensing matrix, with nothing trained."""

import math

import numpy as np
import scipy.fft
from keras import ops

from amp_net.layers import Sensing
from amp_net.layers.amp_stage import RESIDUALS
from amp_net.models.inputs.sensing_matrix import sensing_matrix
from amp_net.models.inputs.values import checked, finite, in_unit

SMALLEST = 1e-3
"""Singular values of Φ below this part of the largest are left out: what they measure is mostly noise."""


class ClassicalAMP:
    """Recovers blocks that are sparse under the orthonormal discrete cosine transform D.

        S(0) = pinv(A) Y,  Z(0) = Y − A S(0)
        S(k) = η(Aᵀ Z(k−1) + S(k−1))
        Z(k) = Y − A S(k) + ϕ(k) Z(k−1)
        X = Dᵀ S(N)

    with η the soft threshold at `threshold` standard deviations of the noise, which is estimated from the
    median magnitude as in Donoho, Maleki and Montanari (2009), and ϕ(k) Z(k−1) the Onsager term. As in AMP,
    and as in our networks, Z(k) is computed from S(k); the paper prints S(k−1).

    AMP supposes a matrix with columns of norm 1 and without preferred directions. Any other, such as a
    camera's of zeros and ones, is first made orthonormal: with Φ = UΣVᵀ, Y becomes Σ⁻¹Uᵀ Y, and A is VᵀDᵀ,
    both scaled until A's longest column has norm 1; ϕ(k) weights each coefficient with the square of its
    column's norm, `ϕ = Σ_j |a_j|² η'_j / m`.

    The estimate of the noise supposes that most coefficients are near zero. Where more than half are measured
    as they are, as by the lowest frequencies, the linear reconstruction `pinv(Φ) y` is better.

    Args:
        matrix: Φ, `(m, n)` with one measurement a row; n is the square of the block size.
        iterations: N.
        threshold: in standard deviations of the noise.
        residual: whether Z(k) is computed from the `"current"` estimate or, as printed, the `"previous"` one.

    Raises:
        ValueError: if there is no such sensing matrix, see `sensing_matrix`, a number is below 0, or
            there is no such residual.
    """

    WAYS = ("blockwise",)
    """In which it rebuilds images, see `whole_images`: it knows nothing beyond a block."""

    def __init__(
        self, matrix: np.ndarray, iterations: int = 100, threshold: float = 1.5, residual: str = "current"
    ) -> None:
        matrix = sensing_matrix(matrix)
        if residual not in RESIDUALS:
            raise ValueError(f"The residual is of the {' or '.join(RESIDUALS)} estimate, not {residual!r}.")
        if not (iterations >= 0 and threshold >= 0):
            raise ValueError(
                f"There are {iterations} iterations with a threshold of {threshold}; neither may be below 0."
            )
        self.block_size, self.measurements = math.isqrt(matrix.shape[1]), len(matrix)
        self.iterations, self.threshold, self.residual = iterations, threshold, residual
        self.sensing = Sensing(self.measurements, self.block_size, dtype="float32")
        self.sensing.build()
        self.sensing.set_matrix(matrix)
        left, singular, rows = np.linalg.svd(matrix, full_matrices=False)
        kept = singular > SMALLEST * singular[0]
        in_cosines = scipy.fft.dctn(self._images(rows[kept]), axes=(1, 2), norm="ortho")
        in_cosines = in_cosines.reshape(-1, matrix.shape[1])
        norms = np.linalg.norm(in_cosines, axis=0)
        self.whitening = (left[:, kept] / singular[kept] / norms.max()).astype("float32")
        self.matrix, self.weights = in_cosines / norms.max(), (norms / norms.max()) ** 2
        self.inverse = np.linalg.pinv(self.matrix)

    def __call__(self, blocks: np.ndarray) -> np.ndarray:
        """Senses and rebuilds blocks `(batch, block_size, block_size, 1)`; not clipped."""
        return self.reconstruct(self.sense(blocks))

    def sense(self, blocks: np.ndarray) -> np.ndarray:
        """Measures blocks `(batch, block_size, block_size, 1)` in [0, 1] to y, `(batch, m)`.

        Raises:
            ValueError: if the blocks have another shape, are not floats, hold NaN or infinity, or are far
                outside of [0, 1].
        """
        shape = (self.block_size, self.block_size, 1)
        return ops.convert_to_numpy(self.sensing(in_unit(checked(blocks, shape, "blocks"), "blocks")))

    def reconstruct(self, measurements: np.ndarray) -> np.ndarray:
        """Rebuilds blocks `(batch, block_size, block_size, 1)` from y, `(batch, m)`; not clipped.

        Raises:
            ValueError: if y has another shape, is not of floats, or holds NaN or infinity.
        """
        measurements = checked(measurements, (self.measurements,), "measurements")
        y = ops.convert_to_numpy(finite(measurements, "measurements")) @ self.whitening
        sparse = y @ self.inverse.T
        residual = y - sparse @ self.matrix.T
        for _ in range(self.iterations):
            before, noisy = sparse, residual @ self.matrix + sparse
            # The median magnitude of a Gaussian is 0.6745 of its standard deviation.
            level = self.threshold * np.median(np.abs(noisy), axis=1, keepdims=True) / 0.6745
            sparse = np.sign(noisy) * np.maximum(np.abs(noisy) - level, 0)
            onsager = (sparse != 0) @ self.weights[:, np.newaxis] / len(self.matrix)
            explained = sparse if self.residual == "current" else before
            residual = y - explained @ self.matrix.T + onsager * residual
        blocks = scipy.fft.idctn(self._images(sparse), axes=(1, 2), norm="ortho")
        return blocks[..., np.newaxis].astype("float32")

    def _images(self, flat):
        return flat.reshape(-1, self.block_size, self.block_size)
