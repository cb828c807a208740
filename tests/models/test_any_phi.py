import keras
import numpy as np
import pytest
import scipy.linalg
from keras import ops

from amp_net.models.any_phi import AnyPhiAMPNet, conditions
from amp_net.operators import Dense, Hadamard
from amp_net.operators.orders import order
from amp_net.operators.smoothest import smoothest
from tests.conftest import randomize


@pytest.fixture
def network(rng):
    return randomize(AnyPhiAMPNet(stages=2, channels=8, blocks=1), rng, 0.1)


@pytest.fixture
def images(rng):
    return rng.random((2, 33, 44, 1), "float32")


def rows(rng, count, pixels):
    """Orthonormal."""
    return np.linalg.qr(rng.normal(size=(pixels, count)))[0].T.astype("float32")


def test_as_many_measurements_as_pixels_give_the_image(network, images):
    frames = images[:, :32, :32]
    at = network.at(Hadamard((32, 32), order("sequency", (32, 32))))
    np.testing.assert_allclose(at.reconstruct(at.sense(frames)), frames, atol=1e-4)


def test_without_noise_the_image_agrees_with_y(network, rng, images):
    at = network.at(Dense(rng.normal(size=(30, 121)).astype("float32"), (11, 11)))
    y = at.sense(images)
    np.testing.assert_allclose(at.sense(np.clip(at.reconstruct(y), -8, 8)), y, atol=1e-3)


def test_only_what_phi_spans_counts(network, rng, images):
    phi = rng.normal(size=(30, 121)).astype("float32")
    mixed = (rng.uniform(1, 3, (30, 1)) * rows(rng, 30, 30) @ phi).astype("float32")
    first, second = (network.at(Dense(each, (11, 11))) for each in (phi, mixed))
    restored = first.reconstruct(first.sense(images)), second.reconstruct(second.sense(images))
    np.testing.assert_allclose(*restored, atol=1e-3)


def test_the_iteration_is_what_the_docstring_says(network, rng, images):
    phi, noise = rows(rng, 25, 121), 0.03
    operator = Dense(phi, (11, 11))
    y = ops.convert_to_numpy(operator.measure(images))
    told = np.array([[np.log(25 / 121), np.log1p(noise / 1e-3), np.log(11 / 33)]], "float32")

    def of_blocks(values, function):
        cut = values.reshape(2, 3, 11, 4, 11).transpose(0, 1, 3, 2, 4).reshape(2, 3, 4, 121)
        return function(cut)

    def adjoint(z):
        return (z @ phi).reshape(2, 3, 4, 11, 11).transpose(0, 1, 3, 2, 4).reshape(2, 33, 44, 1)

    def padded(image):
        return np.pad(image, ((0, 0), (0, 1), (0, 0), (0, 0)))

    x = ops.convert_to_numpy(smoothest(operator, y, np.full((1, 1), noise), np.full((1, 1), 25.0)))
    z, features = y - of_blocks(x, lambda cut: cut @ phi.T), None
    for stage in network.stages:
        shown, features, onsager = stage(padded(x), padded(adjoint(z)), features, told)
        x = ops.convert_to_numpy(shown)[:, :33]
        z = y - of_blocks(x, lambda cut: cut @ phi.T) + ops.convert_to_numpy(onsager)[..., 0] * z
    weight, bias = (ops.convert_to_numpy(ops.convert_to_tensor(each)) for each in network.closing.weights)
    gamma = 1 / (1 + (noise / np.exp(told @ weight + bias)) ** 2)
    expected = x + gamma * adjoint(y - of_blocks(x, lambda cut: cut @ phi.T))
    found = ops.convert_to_numpy(network(y, operator=operator, noise=noise))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_rows_that_are_not_used_do_not_count(network, rng, images):
    phi = rows(rng, 60, 121)
    few = Dense(phi[:25], (11, 11))
    used = (np.arange(60) < 25).astype("float32")[None, None, None]
    y = Dense(phi, (11, 11)).measure(images) * used
    restored = network(y, operator=Dense(phi, (11, 11)), used=np.repeat(used, 2, axis=0))
    expected = ops.convert_to_numpy(network(few.measure(images), operator=few))
    np.testing.assert_allclose(ops.convert_to_numpy(restored), expected, atol=1e-4)


def test_the_stages_are_told_ratio_noise_and_size():
    told = ops.convert_to_numpy(conditions(np.array([109, 1089]), 0.009, 1089))
    expected = [[np.log(109 / 1089), np.log(10), 0], [0, np.log(10), 0]]
    np.testing.assert_allclose(told, expected, atol=1e-5)
    np.testing.assert_allclose(conditions(1, 0.0, 64**2)[0, 2], np.log(64 / 33), rtol=1e-5)


def test_noise_and_scale_of_phi_reach_the_result(network, rng, images):
    phi = rng.normal(size=(30, 121)).astype("float32")
    at, scaled = network.at(Dense(phi, (11, 11))), network.at(Dense(5 * phi, (11, 11)))
    y = ops.convert_to_numpy(at.sense(images))
    quiet, noisy = at.reconstruct(y), at.reconstruct(y, noise=0.3)
    assert np.abs(ops.convert_to_numpy(quiet - noisy)).max() > 1e-3
    np.testing.assert_allclose(scaled.reconstruct(5 * y, noise=1.5), noisy, atol=1e-4)


def test_a_turn_shows_the_cnns_turned_images(network, rng):
    frames = rng.random((1, 32, 32, 1), "float32")
    phi = rows(rng, 300, 1024)
    turned = phi.reshape(300, 32, 32)[:, ::-1].reshape(300, -1).copy()
    at, other = network.at(Dense(phi, (32, 32))), network.at(Dense(turned, (32, 32)))
    from amp_net.layers.beyond.across_blocks import TURNS
    from amp_net.layers.beyond.across_blocks import turned as turn

    (flip,) = [each for each in TURNS if np.array_equal(turn(frames, each), frames[:, ::-1])]
    y = at.sense(frames)
    restored = ops.convert_to_numpy(other.reconstruct(y))[:, ::-1]
    np.testing.assert_allclose(at.reconstruct(y, turn=flip), restored, atol=1e-3)


def test_goes_to_a_preset_and_back(network, rng, images, tmp_path):
    network.save_to_preset(tmp_path / "preset")
    loaded = AnyPhiAMPNet.from_preset(tmp_path / "preset")
    phi = Dense(rows(rng, 30, 121), (11, 11))
    y = phi.measure(images)
    np.testing.assert_allclose(loaded.at(phi).reconstruct(y), network.at(phi).reconstruct(y), atol=0.02)
    assert loaded.config == network.config


def test_frames_may_be_longer_than_high(network, rng):
    images = rng.random((1, 16, 32, 1), "float32")
    at = network.at(Hadamard((16, 32), np.arange(100)))
    assert tuple(at.reconstruct(at.sense(images)).shape) == images.shape


def test_bad_input_is_refused(network, images):
    at = network.at(Dense(scipy.linalg.hadamard(16).astype("float32")[:3], (4, 4)))
    y = np.zeros((1, 2, 2, 3), "float32")
    with pytest.raises(ValueError, match="no whole blocks of 4×4"):
        at.sense(images)
    with pytest.raises(ValueError, match=r"\(batch, any, any, 3\)"):
        at.reconstruct(y[..., :2])
    with pytest.raises(ValueError, match="noise is -1"):
        at.reconstruct(y, noise=-1)
    with pytest.raises(ValueError, match="NaN"):
        at.reconstruct(y * np.nan)
    with pytest.raises(ValueError, match="zeros"):
        network.at(Dense(np.zeros((2, 16), "float32"), (4, 4)))
    with pytest.raises(ValueError, match="finite"):
        network.at(Dense(np.full((2, 16), np.inf, "float32"), (4, 4)))
    with pytest.raises(ValueError, match="fit has none"):
        network.fit(images)
    with pytest.raises(ValueError, match="sensing operator"):
        network(y)


def test_the_whole_network_learns(network, rng, images):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("asks TensorFlow for gradients")
    import tensorflow as tf

    phi = Dense(rows(rng, 30, 121), (11, 11))
    with tf.GradientTape() as tape:
        error = tf.reduce_mean(tf.square(network(phi.measure(images), operator=phi, noise=0.02) - images))
    gradients = tape.gradient(error, network.trainable_variables)
    assert all(float(tf.reduce_max(tf.abs(gradient))) > 0 for gradient in gradients)
