import numpy as np
import pytest

from amp_net.layers import AMPStage, Sensing
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
    stage = AMPStage(residual)
    estimate, new_residual, _ = run(stage, state, rng)
    sensing, x, z, y = state
    expected = numpy_network.stage(
        x, z, y, sensing.matrix, numpy_network.values(stage), paper_residual=residual == "previous"
    )
    np.testing.assert_allclose(estimate, expected[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(new_residual, expected[1], rtol=1e-4, atol=1e-3)


def test_onsager_term_is_added_with_a_positive_sign(state, rng):
    stage = AMPStage()
    _, with_term, _ = run(stage, state, rng)
    onsager = float(stage.onsager)
    stage.onsager.assign(0.0)
    sensing, x, z, y = state
    _, without, _ = stage(x, z, y, sensing=sensing)
    np.testing.assert_allclose(with_term - without, onsager * z, rtol=1e-3, atol=1e-4)


def test_onsager_factor_starts_at_a_tenth():
    stage = AMPStage()
    stage.build((None, 33, 33, 1))
    assert float(stage.onsager) == pytest.approx(0.1)


def test_last_stage_has_no_residual_and_no_factor(state, rng):
    stage = AMPStage(last=True)
    assert run(stage, state, rng)[1] is None
    assert not [v for v in stage.variables if "onsager" in v.path]


def test_unknown_residual_is_refused():
    with pytest.raises(ValueError, match="current or previous"):
        AMPStage("next")
