"""Methods with trained weights: networks of others, and LD-AMP."""

import numpy as np
import pytest
from keras import ops

from amp_net import evaluation
from amp_net.classical.denoising import ld_amp as ld_amp_module
from amp_net.classical.methods import TRAINED, find, known
from amp_net.classical.trained import by_network
from amp_net.evaluation.compared import compared
from amp_net.images import blocks as image_blocks
from amp_net.models import presets, rival_presets
from amp_net.models.rivals.ad_recon_net import AdReconNet
from amp_net.models.rivals.dn_cnn import DnCNN
from amp_net.models.rivals.fcmn import FCMN
from amp_net.models.rivals.ista_net import ISTANetPlus
from amp_net.operators.dense import Dense
from amp_net.operators.gaussian import gaussian
from tests.classical.conftest import measured

FOLDER = rival_presets.FOLDER


@pytest.fixture
def working_folder(tmp_path, monkeypatch):
    """A working folder with weights of none yet."""
    from amp_net.classical import trained

    monkeypatch.chdir(tmp_path)
    for remembered in (trained._at, ld_amp_module._denoiser):
        remembered.cache_clear()
    yield tmp_path
    for remembered in (trained._at, ld_amp_module._denoiser):
        remembered.cache_clear()


@pytest.mark.parametrize("name", TRAINED)
def test_without_weights_it_says_what_makes_them(name, working_folder):
    assert known(name)
    operator = gaussian(272, (33, 33))
    command = "experiments.peers.dn_cnn" if name == "ld_amp" else f"--methods={name} --cs_ratios=25"
    with pytest.raises(ValueError, match=f"no weights in runs.*{command}"):
        find(name)(operator, np.zeros((1, 1, 1, 272), "float32"))


def test_a_network_is_a_method_for_the_matrix_of_its_training(working_folder, rng):
    operator = gaussian(10, (33, 33))
    network = ISTANetPlus(cs_ratio=1, phases=1, channels=4)
    network.set_sensing_matrix(operator.matrix)
    presets.save(network, FOLDER / "ista_net_plus_cs1", {})
    image = rng.random((1, 33, 66, 1), "float32")
    y = measured(operator, image)
    found = find("ista_net_plus")(operator, y)
    np.testing.assert_allclose(found, ops.convert_to_numpy(network.reconstruct(y)), atol=1e-2)
    ((name, model),) = compared(["ista_net_plus"], [1]).items()
    assert name == "ista_net_plus_cs1"
    rebuilt = evaluation.rebuild(model, image[0, ..., 0])
    np.testing.assert_allclose(rebuilt, found[0, ..., 0], atol=1e-4)
    for other in (gaussian(10, (33, 33), seed=1), Dense(np.eye(10, 1024, dtype="float32"), (32, 32))):
        with pytest.raises(ValueError, match=r"another; it is operators\.gaussian"):
            by_network("ista_net_plus", other, y) if other.shape == operator.shape else _check(network, other)
    with pytest.raises(ValueError, match="another"):
        compared(["ista_net_plus"], [1], seed=3)


def _check(network, other):
    from amp_net.classical.trained import check_matrix

    check_matrix("ista_net_plus", network, other)


def test_a_network_that_learns_its_matrix_is_measured_with_it(working_folder, rng):
    network = AdReconNet(cs_ratio=1)
    presets.save(network, FOLDER / "ad_recon_net_cs1", {})
    (model,) = compared(["ad_recon_net"], [1]).values()
    np.testing.assert_allclose(model.sensing.matrix, network.sensing.matrix, atol=1e-3)
    image = rng.random((33, 33), "float32")
    assert evaluation.rebuild(model, image).shape == (33, 33)
    with pytest.raises(ValueError, match="that it has learned"):
        find("ad_recon_net")(gaussian(10, (33, 33)), np.zeros((1, 1, 1, 10), "float32"))


def test_windows_that_overlap_are_measured_in_the_whole_image(working_folder, rng):
    presets.save(FCMN(cs_ratio=4), FOLDER / "fcmn_cs4", {})
    (model,) = compared(["fcmn"], [4]).values()
    image = rng.random((50, 30, 2), "float32")
    whole = np.moveaxis(image_blocks.padded(image, 16), -1, 0)[..., None]
    expected = np.moveaxis(ops.convert_to_numpy(model(whole))[:, :50, :30, 0], 0, -1)
    np.testing.assert_allclose(evaluation.rebuild(model, image), expected, atol=1e-5)


def test_ld_amp_takes_its_denoiser_and_agrees_with_y(working_folder, camera):
    presets.save(DnCNN(depth=3, channels=4), FOLDER / "dn_cnn", {})
    operator = gaussian(512, (32, 32))
    y = measured(operator, camera)
    found = find("ld_amp")(operator, y, iterations=2)
    assert found.shape == camera.shape
    np.testing.assert_allclose(measured(operator, found), y, atol=1e-3)
