import importlib.util
import sys
import types

import numpy as np
import pytest

from amp_net.classical.denoising.damp import damp
from amp_net.classical.denoising.nlm_amp import nlm
from amp_net.classical.methods import find
from amp_net.operators.gaussian import gaussian
from tests.classical.conftest import measured, psnr


def effective_noise(camera, onsager):
    """Ratio of R(k) − X to σ(k), and its kurtosis, over the iterations."""
    operator, seen = gaussian(512, (32, 32)), []

    def show(noisy, level):
        noise = noisy - camera[0, ..., 0]
        centred = noise - noise.mean()
        seen.append((np.sqrt(np.mean(noise**2)) / level, np.mean(centred**4) / np.mean(centred**2) ** 2))

    y = measured(operator, camera)
    return psnr(damp(operator, y, nlm, 12, onsager, show=show), camera), np.array(seen)


def test_the_onsager_term_makes_the_effective_noise_gaussian(camera):
    reached, seen = effective_noise(camera, True)
    without, other = effective_noise(camera, False)
    np.testing.assert_allclose(seen[:, 0], 1, atol=0.1)
    # Of 1024 Gaussian numbers it is 3 with a standard deviation of 0.15.
    np.testing.assert_allclose(seen[:, 1], 3, atol=0.5)
    assert other[-1, 0] > 2
    assert reached > without + 2


def test_bm3d_amp_hands_image_and_noise_to_bm3d(camera, monkeypatch):
    called = []
    fake = types.SimpleNamespace(bm3d=lambda image, level: called.append((image.shape, level)) or image)
    monkeypatch.setitem(sys.modules, "bm3d", fake)
    operator = gaussian(512, (32, 32))
    find("bm3d_amp")(operator, measured(operator, camera), iterations=1)
    assert [shape for shape, _ in called] == [(32, 32)] * 2
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(ValueError, match=r"amp_net\[bm3d\]"):
        find("bm3d_amp")(operator, measured(operator, camera))


def test_bm3d_amp_with_bm3d_itself(camera):
    if importlib.util.find_spec("bm3d") is None:
        pytest.skip("needs bm3d, whose licence is for non-commercial use")
    operator = gaussian(512, (32, 32))
    y = measured(operator, camera)
    assert (
        psnr(find("bm3d_amp")(operator, y, iterations=2), camera)
        > psnr(find("pinv")(operator, y), camera) + 8
    )
