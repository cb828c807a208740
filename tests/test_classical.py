import numpy as np
import pytest
import scipy.fft

from amp_net import AMPNet, metrics
from amp_net.classical import ClassicalAMP


@pytest.fixture
def gaussian(rng):
    return (rng.normal(size=(272, 1089)) / 33).astype("float32")


def sparse_blocks(rng, count, nonzero):
    coefficients = np.zeros((count, 1089))
    for row in coefficients:
        row[rng.choice(1089, nonzero, replace=False)] = rng.normal(0, 1, nonzero)
    blocks = scipy.fft.idctn(coefficients.reshape(-1, 33, 33), axes=(1, 2), norm="ortho")
    return blocks[..., np.newaxis].astype("float32")


def error(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def test_sparse_blocks_are_found_exactly(gaussian, rng):
    blocks = sparse_blocks(rng, 4, 30)
    amp = ClassicalAMP(gaussian)
    linear = (amp.sense(blocks) @ np.linalg.pinv(gaussian).T).reshape(blocks.shape)
    assert error(linear, blocks) > 0.8
    assert error(amp.reconstruct(amp.sense(blocks)), blocks) < 0.02


def test_is_algorithm_1(gaussian, rng):
    """Against a version that goes block by block, with Φ and D by themselves."""
    blocks = sparse_blocks(rng, 3, 60)
    amp = ClassicalAMP(gaussian, iterations=5)
    columns = scipy.fft.dctn(gaussian.reshape(-1, 33, 33), axes=(1, 2), norm="ortho").reshape(272, -1)
    scale = 1 / np.sqrt((columns**2).sum(0).max())
    a = columns.astype("float64") * scale
    for block, found in zip(blocks, amp.reconstruct(amp.sense(blocks)), strict=True):
        y = scale * gaussian.astype("float64") @ block.ravel()
        s = np.linalg.pinv(a) @ y
        z = y - a @ s
        for _ in range(5):
            r = a.T @ z + s
            threshold = 1.5 * np.median(np.abs(r)) / 0.6745
            s = np.where(np.abs(r) > threshold, r - threshold * np.sign(r), 0)
            phi = sum((a[:, j] ** 2).sum() for j in np.flatnonzero(s)) / 272
            z = y - a @ s + phi * z
        expected = scipy.fft.idctn(s.reshape(33, 33), norm="ortho")
        np.testing.assert_allclose(found[..., 0], expected, atol=1e-3)


def test_onsager_term_helps(gaussian, rng):
    blocks = sparse_blocks(rng, 4, 70)
    amp = ClassicalAMP(gaussian, iterations=30)
    y = amp.sense(blocks)
    with_term = error(amp.reconstruct(y), blocks)
    amp.weights = np.zeros_like(amp.weights)
    assert with_term < 0.5 * error(amp.reconstruct(y), blocks)


def test_a_trained_matrix_and_scaled_or_positive_ones_stay_bounded(gaussian, blocks):
    trained = AMPNet.from_preset("amp_net_cs25").sensing.matrix
    for matrix in (trained, 1000 * gaussian, np.abs(gaussian)):
        amp = ClassicalAMP(matrix)
        linear = (amp.sense(blocks) @ np.linalg.pinv(matrix).T).reshape(blocks.shape)
        assert metrics.psnr(amp.reconstruct(amp.sense(blocks)), blocks) > metrics.psnr(linear, blocks) - 0.1


@pytest.mark.parametrize("shape", [(10, 1088), (1089,), (0, 1089)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="one row a measurement"):
        ClassicalAMP(np.ones(shape))
