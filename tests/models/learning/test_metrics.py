import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from amp_net.images import quality
from amp_net.models.learning import metrics


@pytest.fixture
def pair(rng):
    original = data.camera()[100:180, 100:190] / 255.0
    return original, np.clip(original + rng.normal(0, 0.05, original.shape), 0, 1)


def test_psnr_equals_scikit_images(pair):
    assert quality.psnr(*pair) == pytest.approx(peak_signal_noise_ratio(*pair, data_range=1), abs=1e-9)


def test_ssim_equals_scikit_images(pair):
    expected = structural_similarity(
        *pair, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert quality.ssim(*pair) == pytest.approx(expected, abs=1e-4)


def test_clipping_is_a_choice():
    reference, restored = np.ones(4), np.full(4, 1.1)
    assert quality.psnr(reference, restored) == float("inf")
    assert quality.psnr(reference, restored, clip=False) == pytest.approx(20)


def test_images_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        quality.psnr(np.zeros(3), np.zeros(4))


def test_an_image_smaller_than_the_window_has_no_ssim():
    assert np.isnan(quality.ssim(np.zeros((10, 40)), np.zeros((10, 40))))


def test_training_psnr_pools_the_errors_of_all_batches(rng):
    metric = metrics.PSNR()
    original = rng.random((6, 3, 3, 1)).astype("float32")
    restored = np.clip(original + rng.normal(0, 0.1, original.shape), 0, 1).astype("float32")
    metric.update_state(original[:2], restored[:2])
    metric.update_state(original[2:], restored[2:])
    expected = peak_signal_noise_ratio(original, restored, data_range=1)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-4)
