import numpy as np
import pytest

from amp_net.models.learning import losses
from tests.numpy_network import charbonnier


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        ("charbonnier", charbonnier),
        ("l1", lambda e: np.mean(np.abs(e))),
        ("l2", lambda e: np.mean(e**2)),
    ],
)
def test_reconstruction_loss_equals_eq_5(kind, reference, rng):
    restored, original = rng.normal(0, 0.01, (2, 3, 5, 5, 1)).astype("float32")
    expected = reference(restored.astype("float64") - original)
    assert float(losses.reconstruction_loss(restored, original, kind)) == pytest.approx(expected, rel=1e-5)


def test_symmetry_loss_equals_eq_6(rng):
    residuals = list(rng.normal(size=(4, 2, 5, 5, 3)).astype("float32"))
    expected = sum(charbonnier(residual) for residual in residuals)
    assert float(losses.symmetry_loss(residuals)) == pytest.approx(expected, rel=1e-5)


def test_total_loss_equals_eq_4():
    assert losses.total_loss(2.0, 30.0) == pytest.approx(2.3)
    assert losses.total_loss(2.0, 30.0, weight=0.1) == pytest.approx(5)


def test_penalty_of_no_error_is_epsilon():
    assert float(losses.penalty(np.zeros(4, "float32"), epsilon=0.25)) == pytest.approx(0.25)


def test_unknown_penalty_is_refused():
    with pytest.raises(ValueError, match="charbonnier, l1, l2, not 'huber'"):
        losses.penalty(np.zeros(1), "huber")
