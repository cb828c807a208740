import keras
import numpy as np
import pytest

from amp_net.layers import AMPStage, BalancedCNN, Sensing, unrolled
from tests import numpy_network
from tests.conftest import randomize


@pytest.fixture
def state(blocks, rng):
    sensing = Sensing(30)
    sensing.build()
    x = blocks[:3] + rng.normal(0, 0.1, blocks[:3].shape).astype("float32")
    y = np.asarray(sensing(blocks[:3]))
    z = rng.normal(0, 0.3, y.shape).astype("float32")
    return sensing, x, z, y


def run(stage, state, rng):
    sensing, x, z, y = state
    stage.build(x.shape)
    randomize(stage, rng, 0.1)
    return stage(x, z, y, sensing=sensing)


@pytest.mark.parametrize("residual", ["current", "previous"])
def test_one_stage_equals_algorithm_2(residual, state, rng):
    stage = AMPStage(BalancedCNN(name="cnn"), residual)
    estimate, new_residual, _ = run(stage, state, rng)
    sensing, x, z, y = state
    expected = numpy_network.stage(
        x, z, y, sensing.matrix, numpy_network.values(stage), paper_residual=residual == "previous"
    )
    np.testing.assert_allclose(estimate, expected[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(new_residual, expected[1], rtol=1e-4, atol=1e-3)


def test_onsager_term_is_added_with_a_positive_sign(state, rng):
    stage = AMPStage(BalancedCNN())
    _, with_term, _ = run(stage, state, rng)
    onsager = float(stage.onsager)
    stage.onsager.assign(0.0)
    sensing, x, z, y = state
    _, without, _ = stage(x, z, y, sensing=sensing)
    np.testing.assert_allclose(with_term - without, onsager * z, rtol=1e-3, atol=1e-4)


def test_onsager_factor_starts_at_a_tenth():
    stage = AMPStage(BalancedCNN())
    stage.build((None, 33, 33, 1))
    assert float(stage.onsager) == pytest.approx(0.1)


def test_last_stage_has_no_residual_and_no_factor(state, rng):
    stage = AMPStage(BalancedCNN(), last=True)
    assert run(stage, state, rng)[1] is None
    assert not [v for v in stage.variables if "onsager" in v.path]


def test_unknown_residual_is_refused():
    with pytest.raises(ValueError, match="current or previous"):
        AMPStage(BalancedCNN(), "next")


class Halving(keras.layers.Layer):
    def build(self, blocks_shape):
        self.factor = self.add_weight(shape=(), initializer="ones")
        self.factor.assign(0.5)

    def call(self, blocks, symmetry_every=None, training=False):
        return blocks * self.factor, symmetry_every


def test_any_denoiser_takes_the_place_of_the_cnn(state):
    stage = AMPStage(Halving())
    stage.build((None, 33, 33, 1))
    sensing, x, z, y = state
    estimate, _, symmetry = stage(x, z, y, sensing=sensing, symmetry_every=4)
    np.testing.assert_allclose(estimate, (sensing.adjoint(z) + x) / 2, rtol=1e-5, atol=1e-5)
    assert symmetry == 4


def test_a_stage_is_made_again_from_its_config(state, rng):
    stage = AMPStage(BalancedCNN(4, spatial_attention=True), "previous", onsager=0.3)
    expected = run(stage, state, rng)
    again = AMPStage.from_config(stage.get_config())
    sensing, x, z, y = state
    again.build(x.shape)
    again.set_weights(stage.get_weights())
    assert again.get_config() == stage.get_config()
    for one, other in zip(again(x, z, y, sensing=sensing)[:2], expected, strict=False):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_loop_hands_each_stage_what_the_one_before_left(state):
    sensing, _, _, y = state
    stages = [AMPStage(Halving(), last=last) for last in (False, True)]
    for stage in stages:
        stage.build((None, 33, 33, 1))
    found, symmetry = unrolled(y, sensing, sensing.adjoint, stages, symmetry_every=2)
    matrix = sensing.matrix.astype("float64")
    x = y @ matrix
    z = y - x @ matrix.T
    x = (x + z @ matrix) / 2
    z = y - x @ matrix.T + 0.1 * z
    x = (x + z @ matrix) / 2
    np.testing.assert_allclose(np.reshape(found, x.shape), x, rtol=1e-4, atol=1e-4)
    assert symmetry == [2, 2]
