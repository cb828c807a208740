import keras
import numpy as np
import pytest
from keras import ops
from scipy.signal import correlate2d

from amp_net.layers.beyond.feature_stage import FeatureStage
from amp_net.layers.beyond.nested_sensing import NestedSensing, adjoint
from amp_net.models.any_ratio import AnyRatioAMPNet
from tests.conftest import randomize, smooth_blocks


@pytest.fixture
def network(rng):
    return randomize(AnyRatioAMPNet(stages=3, channels=8, blocks=1, measurements=60, block_size=11), rng, 0.1)


@pytest.fixture
def images(rng):
    return rng.random((2, 33, 44, 1), "float32")


def test_the_first_rows_are_those_of_every_larger_number(network, images):
    few, many = network.sense(images, 10), network.sense(images, 25)
    np.testing.assert_allclose(few, many[..., :10], atol=1e-6)
    assert tuple(few.shape) == (2, 3, 4, 10)


def test_measurements_are_rows_of_phi_times_blocks(rng, images):
    sensing = NestedSensing(7, 11)
    y = np.asarray(sensing(images, count=5))
    block = images[1, 11:22, 33:44, 0].ravel()
    np.testing.assert_allclose(y[1, 1, 3], np.asarray(sensing.kernel).T[:5] @ block, rtol=1e-5)


def test_the_adjoint_is_the_transpose(rng, images):
    sensing = NestedSensing(7, 11)
    z = rng.random((2, 3, 4, 5), "float32")
    left = np.sum(np.asarray(sensing(images, count=5)) * z)
    right = np.sum(images * np.asarray(adjoint(z, sensing.rows(z.shape[-1]), sensing.block_size)))
    np.testing.assert_allclose(left, right, rtol=1e-5)


def test_a_stage_is_what_its_docstring_says(rng):
    stage = FeatureStage(channels=3, blocks=2, units=4)
    stage.build()
    randomize(stage, rng)
    x, back = rng.random((2, 1, 6, 8, 1), "float32")
    h = rng.random((1, 3, 4, 3), "float32")
    ratio = -1.3
    weights = {
        variable.name: np.asarray(variable) for variable in stage.variables if "/" not in variable.name
    }
    hidden, told = ([np.asarray(w) for w in layer.variables] for layer in (stage.hidden, stage.told))
    row = np.tanh(ratio * hidden[0][0] + hidden[1]) @ told[0] + told[1]
    alpha, phi, scale, shift = 1 + row[0], 0.1 + row[1], 1 + row[2:5], row[5:]

    def squares(image):
        return np.stack([image[i::2, j::2] for i in range(2) for j in range(2)], -1)

    def convolved(features, kernel):
        return np.stack(
            [
                sum(correlate2d(features[..., a], kernel[..., a, b], "same") for a in range(kernel.shape[2]))
                for b in range(kernel.shape[3])
            ],
            -1,
        )

    refined = x[0, ..., 0] + alpha * back[0, ..., 0]
    seen = np.concatenate([squares(refined), squares(back[0, ..., 0])], -1)
    features = (h[0] + convolved(seen, weights["enter"])) * scale + shift
    for i in range(2):
        inner = np.maximum(convolved(features, weights[f"first_{i}"]), 0)
        features = features + convolved(inner, weights[f"second_{i}"])
    left = convolved(features, weights["leave"])
    expected = refined.copy()
    for place in range(4):
        expected[place // 2 :: 2, place % 2 :: 2] += left[..., place]
    estimate, handed_on, onsager = stage(x, back, h, np.full((1, 1), ratio, "float32"))
    np.testing.assert_allclose(estimate[0, ..., 0], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(handed_on[0], features, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.ravel(onsager), phi, rtol=1e-5)


def test_a_call_with_counts_is_sensing_and_rebuilding(network, images):
    together = network(images, np.array([10, 25]))
    for index, count in enumerate((10, 25)):
        alone = network.reconstruct(network.sense(images[index : index + 1], count))
        np.testing.assert_allclose(together[index], alone[0], atol=1e-4)


def test_before_training_it_is_the_linear_reconstruction(images):
    network = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=60, block_size=11)
    y = network.sense(images, 30)
    np.testing.assert_allclose(
        network.reconstruct(y), adjoint(y, network.sensing.rows(y.shape[-1]), network.block_size), atol=1e-5
    )


def test_the_cnn_sees_beyond_the_block(network, images):
    y = np.asarray(network.sense(images[:1], 20)).copy()
    before = np.asarray(network.reconstruct(y))
    y[0, 0, 0] += 1
    change = np.abs(np.asarray(network.reconstruct(y)) - before)[0, ..., 0]
    assert change[:11, 11:].max() > 1e-3


def test_features_and_ratio_reach_every_stage(network, images, tf):
    with tf.GradientTape() as tape:
        loss = ops.sum(ops.square(network(images, np.array([10, 25]))))
    for variable, gradient in zip(
        network.trainable_variables, tape.gradient(loss, network.trainable_variables), strict=True
    ):
        # The last stage's ϕ has nothing to act on, but shares its variable with what has.
        assert gradient is not None, variable.path
        assert float(ops.max(ops.abs(gradient))) > 0, variable.path


@pytest.mark.parametrize("count", [0, 61])
def test_an_m_that_it_does_not_hold_is_refused(network, images, count):
    with pytest.raises(ValueError, match=f"There are {count} measurements.*1 to 60"):
        network.sense(images, count)


def test_images_that_are_not_of_whole_blocks_are_refused(network):
    with pytest.raises(ValueError, match="33×40 pixels"):
        network.sense(np.zeros((1, 33, 40, 1), "float32"), 10)


def test_measurements_of_nan_are_refused(network, images):
    y = np.asarray(network.sense(images, 10)).copy()
    y[0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        network.reconstruct(y)


def test_it_is_saved_and_loaded(network, images, tmp_path):
    network.save_to_preset(tmp_path / "mine")
    loaded = AnyRatioAMPNet.from_preset(tmp_path / "mine")
    y = network.sense(images, 20)
    # Presets are in half precision.
    np.testing.assert_allclose(loaded.reconstruct(y), network.reconstruct(y), atol=0.05)
    assert loaded.get_config() | {"name": ""} == network.get_config() | {"name": ""}


def test_another_network_s_preset_is_refused():
    with pytest.raises(ValueError, match="a network of the kind amp_net"):
        AnyRatioAMPNet.from_preset("amp_net_cs25")


@pytest.mark.parametrize(("count", "least"), [(10, 17.0), (109, 35.0), (272, 38.0), (400, 38.0), (545, 38.0)])
def test_the_shipped_weights_rebuild_at_any_ratio(count, least):
    keras.utils.set_random_seed(1)
    network = AnyRatioAMPNet.from_preset()
    blocks = smooth_blocks()[:9, ..., 0].reshape(3, 3, 33, 33)
    image = blocks.swapaxes(1, 2).reshape(1, 99, 99, 1)
    restored = np.clip(network.reconstruct(network.sense(image, count)), 0, 1)
    psnr = -10 * np.log10(np.mean((restored - image) ** 2))
    assert psnr > least
