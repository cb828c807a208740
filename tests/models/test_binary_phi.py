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


def test_the_stages_see_orthonormal_rows_that_span_the_first_of_phi(network, rng):
    phi = network.sensing.matrix.astype("float64")
    images = rng.random((1, 9, 9, 1), "float32")
    for count in (1, 12, 40):
        y = network.sense(images, count)
        mixed, rows = network.sensing.orthonormal(y)
        # Q of a QR decomposition, with the signs that make R's diagonal positive.
        q, upper = np.linalg.qr(phi[:count].T)
        q *= np.sign(np.diag(upper))
        np.testing.assert_allclose(rows, q, atol=1e-4)
        np.testing.assert_allclose(np.asarray(mixed).ravel(), q.T @ images.ravel(), atol=1e-3)
        np.testing.assert_allclose(
            network.sensing.mixing(count), np.linalg.inv(upper) * np.sign(np.diag(upper)), atol=1e-3
        )


def test_before_training_it_gives_the_projection(network, rng):
    images = rng.random((1, 18, 9, 1), "float32")
    basis = np.linalg.qr(network.sensing.matrix[:30].T)[0]
    expected = np.concatenate(
        [(basis @ (basis.T @ block.ravel())).reshape(9, 9) for block in (images[0, :9], images[0, 9:])]
    )
    np.testing.assert_allclose(network.reconstruct(network.sense(images, 30))[0, ..., 0], expected, atol=1e-4)


def test_two_equal_rows_do_no_harm(network, rng):
    weights = np.asarray(network.sensing.kernel).copy()
    weights[:, 7] = weights[:, 2]
    network.sensing.kernel.assign(weights)
    images = rng.random((1, 9, 9, 1), "float32")
    assert np.abs(network(images, np.array([20]))).max() < 2


def test_training_turns_signs(network, rng):
    before = network.sensing.matrix
    network.compile(keras.optimizers.Adam(3e-2))
    network.fit(rng.random((4, 18, 18, 1), "float32"), batch_size=2, verbose=0)
    assert (network.sensing.matrix != before).any()
    assert set(np.unique(network.sensing.matrix)) == {-SCALE, SCALE}


def test_what_is_exported_solves_nothing(network, tf):
    """Other runtimes have no such operation."""
    at = network.at_measurements(10).optimized()
    traced = tf.function(lambda y: at.reconstruct(y)).get_concrete_function(tf.TensorSpec((None, 2, 2, 10)))
    names = {
        operation.type
        for function in (traced.graph, *traced.graph._functions.values())
        for operation in getattr(function, "get_operations", list)()
    }
    assert "MatMul" in {name.replace("BatchMatMulV2", "MatMul") for name in names}
    assert not {name for name in names if "Cholesky" in name or "Triangular" in name}
