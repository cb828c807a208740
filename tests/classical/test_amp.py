import functools

import keras
import numpy as np
import pytest
import scipy.fft

from amp_net import AMPNet
from amp_net.classical import amp as amp_module
from amp_net.classical.amp import amp
from amp_net.classical.at_operator import Classical
from amp_net.images import quality
from amp_net.images.blocks import split
from amp_net.operators import Dense
from amp_net.photographs import image_sets


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
    model = Classical.of_matrix(gaussian, "amp")
    linear = (model.sense(blocks) @ np.linalg.pinv(gaussian).T).reshape(blocks.shape)
    assert error(linear, blocks) > 0.8
    assert error(model.reconstruct(model.sense(blocks)), blocks) < 0.02


@pytest.mark.parametrize("residual", ["current", "previous"])
def test_is_algorithm_1(residual, gaussian, rng):
    """Against a version that goes block by block and forms every matrix."""
    blocks = sparse_blocks(rng, 3, 60)
    model = Classical.of_matrix(gaussian, functools.partial(amp, iterations=5, residual=residual))
    left, singular, rows = np.linalg.svd(gaussian.astype("float64"), full_matrices=False)
    cosines = scipy.fft.dct(np.eye(33), axis=0, norm="ortho")
    a = rows @ np.kron(cosines, cosines).T
    longest, unseen = np.sqrt((a**2).sum(0).max()), np.sqrt(1 - (a**2).sum(0))
    a /= longest
    for block, found in zip(blocks, model.reconstruct(model.sense(blocks)), strict=True):
        y = (left.T @ gaussian @ block.ravel()) / singular / longest
        s = np.linalg.pinv(a) @ y
        z = y - a @ s
        for _ in range(5):
            before, r = s, a.T @ z + s
            threshold = 1.75 * unseen * np.median(np.abs(r)) / 0.6745
            s = np.where(np.abs(r) > threshold, r - threshold * np.sign(r), 0)
            phi = sum((a[:, j] ** 2).sum() for j in np.flatnonzero(s)) / 272
            z = y - a @ (s if residual == "current" else before) + phi * z
        expected = scipy.fft.idctn(s.reshape(33, 33), norm="ortho")
        np.testing.assert_allclose(found[..., 0], expected, atol=1e-3)


def test_onsager_term_helps(gaussian, rng, monkeypatch):
    blocks = sparse_blocks(rng, 4, 70)
    model = Classical.of_matrix(gaussian, functools.partial(amp, iterations=30))
    y = model.sense(blocks)
    with_term = error(model.reconstruct(y), blocks)
    monkeypatch.setattr(amp_module, "onsager", lambda *_: np.float32(0))
    assert with_term < 0.6 * error(model.reconstruct(y), blocks)


MATRICES = {
    "trained": lambda gaussian: AMPNet.from_preset("amp_net_cs25").sensing.matrix,
    "in another scale": lambda gaussian: 1000 * gaussian,
    "zeros and ones": lambda gaussian: (gaussian > 0).astype("float32"),
    "positive": np.abs,
    "with a row twice": lambda gaussian: np.concatenate([gaussian[:-1], gaussian[:1]]),
}


@pytest.mark.parametrize("kind", MATRICES)
def test_any_matrix_gives_more_than_the_linear_reconstruction(kind, gaussian):
    matrix = MATRICES[kind](gaussian)
    camera = dict(image_sets.load("samples"))["camera"][100:232, 150:282] / np.float32(255)
    cut = split(camera)
    model = Classical.of_matrix(matrix, "amp")
    linear = (model.sense(cut) @ np.linalg.pinv(matrix).T).reshape(cut.shape)
    assert quality.psnr(model.reconstruct(model.sense(cut)), cut) > quality.psnr(linear, cut) + 2


@pytest.mark.parametrize(
    ("method", "values", "message"),
    [
        ("reconstruct", np.full((1, 272), np.nan), "NaN"),
        ("reconstruct", np.zeros((1, 271)), r"needs \(batch, 272\)"),
        ("reconstruct", np.zeros((0, 272)), "no measurements"),
        ("sense", np.full((1, 33, 33, 1), np.nan), "NaN"),
        ("sense", np.zeros((3, 66, 33, 1)), r"needs \(batch, 33, 33, 1\)"),
        ("sense", np.zeros((1, 33, 33, 1), "uint8"), "floating-point"),
    ],
)
def test_what_is_no_measurement_and_no_block_is_refused(method, values, message, gaussian):
    with pytest.raises(ValueError, match=message):
        getattr(Classical.of_matrix(gaussian), method)(values)


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"iterations": -3}, "-3 iterations"), ({"threshold": np.nan}, "nan"), ({"residual": "next"}, "'next'")],
)
def test_settings_out_of_range_are_refused(setting, message, gaussian):
    with pytest.raises(ValueError, match=message):
        amp(Dense(gaussian, (33, 33)), np.zeros((1, 1, 1, 272), "float32"), **setting)


def test_a_complex_matrix_is_refused(gaussian):
    with pytest.raises(ValueError, match="complex"):
        Classical.of_matrix(gaussian * (1 + 1j))
    with pytest.raises(ValueError, match="complex"):
        AMPNet(stages=1, channels=4).set_sensing_matrix(gaussian * 1j)


def test_the_global_policy_does_not_round_the_matrix(gaussian):
    keras.config.set_dtype_policy("float16")
    try:
        np.testing.assert_array_equal(Classical.of_matrix(gaussian).sensing.matrix, gaussian)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("shape", [(10, 1088), (1089,), (0, 1089)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="one row a measurement"):
        Classical.of_matrix(np.ones(shape))
