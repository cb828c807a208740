"""The classical AMP iteration, Algorithm 1: for any sensing matrix, with nothing trained."""

import numpy as np
import scipy.fft

from amp_net.layers import Sensing


class ClassicalAMP:
    """Recovers blocks that are sparse under the orthonormal discrete cosine transform D.

        S(0) = pinv(A) Y,  Z(0) = Y − A S(0)
        S(k) = η(Aᵀ Z(k−1) + S(k−1))
        Z(k) = Y − A S(k) + ϕ(k) Z(k−1)
        X = Dᵀ S(N)

    with A = ΦDᵀ, η the soft threshold at `threshold` standard deviations of the noise, which is estimated
    from the median magnitude as in Donoho, Maleki and Montanari (2009), and ϕ(k) Z(k−1) the Onsager term.
    As in AMP, and as in our networks, Z(k) is computed from S(k), where the paper prints S(k−1).

    AMP supposes columns of A with norm 1, as random matrices have them nearly. For any other matrix, so that
    the iteration stays bounded, A and Y are scaled until the longest column has norm 1, and ϕ(k)
    weights each coefficient with the square of its column's norm: `ϕ = Σ_j |a_j|² η'_j / m`.

    Args:
        matrix: Φ, `(m, n)` with one measurement a row; n is the square of the block size.
        iterations: N.
        threshold: in standard deviations of the noise.

    Raises:
        ValueError: if n is not a square.
    """

    def __init__(self, matrix, iterations=100, threshold=1.5):
        matrix = np.asarray(matrix, "float32")
        side = round(matrix.shape[-1] ** 0.5) if matrix.ndim == 2 else 0
        if matrix.ndim != 2 or side**2 != matrix.shape[1] or 0 in matrix.shape:
            raise ValueError(
                f"A sensing matrix has one row a measurement and as many columns as a square block has "
                f"pixels; this one has shape {matrix.shape}."
            )
        self.block_size, self.measurements = side, len(matrix)
        self.iterations, self.threshold = iterations, threshold
        self.sensing = Sensing(self.measurements, side)
        self.sensing.build()
        self.sensing.set_matrix(matrix)
        in_cosines = _cosines(matrix.reshape(-1, side, side)).reshape(matrix.shape)
        norms = np.linalg.norm(in_cosines, axis=0)
        self.scale = 1 / max(norms.max(), np.finfo("float32").tiny)
        self.matrix, self.weights = in_cosines * self.scale, (norms * self.scale) ** 2
        self.inverse = np.linalg.pinv(self.matrix)

    def sense(self, blocks):
        """Measures blocks `(batch, block_size, block_size, 1)` to y, `(batch, m)`."""
        return np.asarray(self.sensing(np.asarray(blocks, "float32")))

    def reconstruct(self, measurements):
        """Rebuilds blocks `(batch, block_size, block_size, 1)` from y, `(batch, m)`; not clipped.

        Raises:
            ValueError: if y has another shape.
        """
        measurements = np.asarray(measurements, "float32")
        if measurements.ndim != 2 or measurements.shape[1] != self.measurements:
            raise ValueError(
                f"The measurements have shape {measurements.shape}, not (batch, {self.measurements})."
            )
        y = measurements * self.scale
        sparse = y @ self.inverse.T
        residual = y - sparse @ self.matrix.T
        for _ in range(self.iterations):
            noisy = residual @ self.matrix + sparse
            # The median magnitude of a Gaussian is 0.6745 of its standard deviation.
            level = self.threshold * np.median(np.abs(noisy), axis=1, keepdims=True) / 0.6745
            sparse = np.sign(noisy) * np.maximum(np.abs(noisy) - level, 0)
            onsager = (sparse != 0) @ self.weights[:, np.newaxis] / self.measurements
            residual = y - sparse @ self.matrix.T + onsager * residual
        blocks = scipy.fft.idctn(self._images(sparse), axes=(1, 2), norm="ortho")
        return blocks[..., np.newaxis].astype("float32")

    def _images(self, flat):
        return flat.reshape(-1, self.block_size, self.block_size)


def _cosines(images):
    return scipy.fft.dctn(images, axes=(1, 2), norm="ortho")
