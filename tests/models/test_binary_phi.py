import keras
import numpy as np
import pytest
from keras import ops

from amp_net.layers.beyond.nested_sensing import NestedSensing, adjoint
from amp_net.models.any_ratio import AnyRatioAMPNet

SMALL = {"stages": 1, "channels": 4, "blocks": 1, "measurements": 40, "block_size": 9}
SCALE = np.float32(1 / 9)


@pytest.fixture
def network():
    return AnyRatioAMPNet(**SMALL, binary=True)


def signs(values):
    return np.where(values >= 0, SCALE, -SCALE)


def test_phi_is_the_scaled_signs_of_its_variable(network, rng):
    weights = np.asarray(network.sensing.kernel)
    np.testing.assert_array_equal(network.sensing.matrix, signs(weights.T))
    np.testing.assert_allclose(np.linalg.norm(network.sensing.matrix, axis=1), 1, rtol=1e-6)
    images = rng.random((2, 18, 27, 1), "float32")
    block = images[1, 9:, 18:, 0].ravel()
    y = np.asarray(network.sense(images, 12))
    np.testing.assert_allclose(y[1, 1, 2], network.sensing.matrix[:12] @ block, rtol=1e-5)


def test_zero_counts_as_plus(network):
    weights = np.asarray(network.sensing.kernel).copy()
    weights[:3, :5] = 0
    network.sensing.kernel.assign(weights)
    assert (network.sensing.matrix.T[:3, :5] == SCALE).all()


def test_gradients_go_straight_through(rng, tf):
    images = rng.random((2, 18, 18, 1), "float32")
    towards = rng.random((2, 2, 2, 7), "float32")
    gradients = []
    for binary in (True, False):
        sensing = NestedSensing(12, 9, binary)
        sensing.build()
        with tf.GradientTape() as tape:
            y = sensing(images, count=7)
            loss = ops.sum(towards * y) + ops.sum(images * adjoint(towards, sensing.rows(7), 9))
        gradients.append(np.asarray(tape.gradient(loss, sensing.kernel)))
    assert np.abs(gradients[1][:, :7]).min() > 0
    np.testing.assert_allclose(gradients[0], SCALE * gradients[1], rtol=1e-5)


def test_one_ratio_has_its_first_rows(network, rng):
    at = network.at_measurements(15)
    np.testing.assert_array_equal(at.sensing.matrix, network.sensing.matrix[:15])
    blocks = rng.random((3, 9, 9, 1), "float32")
    np.testing.assert_allclose(at.sense(blocks), network.sense(blocks, 15)[:, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(
        at.optimized().reconstruct(at.sense(blocks)), network(blocks, np.full(3, 15)), atol=1e-5
    )


def test_files_keep_it_with_the_signs_of_its_smallest_weights(network, tmp_path):
    weights = np.asarray(network.sensing.kernel).copy()
    weights[0, :4] = [1e-9, -1e-9, -1e-30, 0]
    network.sensing.kernel.assign(weights)
    network.save_to_preset(tmp_path / "preset")
    network.save(tmp_path / "model.keras")
    copies = [
        AnyRatioAMPNet.from_preset(tmp_path / "preset"),
        keras.models.load_model(tmp_path / "model.keras"),
    ]
    for copy in copies:
        assert copy.sensing.binary
        np.testing.assert_array_equal(copy.sensing.matrix, network.sensing.matrix)
    assert list(network.sensing.matrix[:4, 0]) == [SCALE, -SCALE, -SCALE, SCALE]


def test_a_switch_of_another_type_is_refused():
    with pytest.raises(ValueError, match="The field binary is 'yes'; it must be true or false"):
        AnyRatioAMPNet(**SMALL, binary="yes")
