import keras
import numpy as np
import pytest

from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.models.any_ratio import AnyRatioAMPNet
from experiments.recipe.any_phi import draws as all_draws
from experiments.recipe.any_phi import training
from experiments.recipe.any_phi.draws import Draws, Kind, operator_of
from experiments.shared.trainings import course

SMALL = (Kind("dense", 8, 16, 3, 0.5), Kind("hadamard", 16, 16, 2, 0.5))


@pytest.fixture
def draws(rng):
    return Draws([rng.integers(0, 256, (90, 100), "uint8")], seed=1)


@pytest.mark.parametrize("kind", SMALL)
def test_a_sample_is_of_its_kind(draws, kind):
    sample = draws.sample(kind)
    n = kind.block**2
    assert sample.windows.shape == (kind.batch, kind.side, kind.side, 1)
    assert sample.windows.min() >= 0
    assert 0.5 < sample.windows.max() <= 1
    assert sample.used.shape == (kind.batch, 1, 1, n)
    assert set(np.unique(sample.used)) <= {0, 1}
    assert sample.used.sum(axis=-1).min() >= 1
    matrix = operator_of(kind, sample.operator).matrix
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(n), atol=1e-4)


def test_signs_by_chance_keep_the_adjoint(draws, rng):
    operator = operator_of(SMALL[1], rng.choice((-1, 1), (16, 16)).astype("float32"))
    x, z = (
        rng.normal(size=(1, 16, 32, 1)).astype("float32"),
        rng.normal(size=(1, 1, 2, 256)).astype("float32"),
    )
    left, right = np.sum(np.asarray(operator.measure(x)) * z), np.sum(x * np.asarray(operator.adjoint(z)))
    np.testing.assert_allclose(left, right, rtol=1e-4)


def test_the_first_rows_span_what_rows_of_zeros_and_ones_do(draws):
    """Every second matrix of a size sees the mean brightness, at its first rows already."""
    draws._dense(8)
    rows = draws._dense(8)[:6]
    white = np.full(64, 1 / 8)
    assert np.linalg.norm(rows @ white) > 0.8


def test_starts_from_the_network_for_all_ratios(tmp_path):
    trained = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=20, block_size=11)
    trained.save_to_preset(tmp_path / "ratio")
    network = training.start(tmp_path / "ratio")
    stage, other = network.stages[1], trained.stages[1]
    np.testing.assert_allclose(stage.first[0], np.asarray(other.first[0]).astype("float16"))
    hidden = np.asarray(stage.hidden.kernel)
    np.testing.assert_allclose(hidden[:1], np.asarray(other.hidden.kernel), atol=1e-3)
    assert not hidden[1:].any()


def test_trains_and_writes_what_it_reached(draws, tmp_path, monkeypatch):
    monkeypatch.setattr(all_draws, "KINDS", SMALL)
    network = AnyPhiAMPNet(stages=1, channels=8, blocks=1)
    before = [np.array(weight) for weight in network.get_weights()]
    optimizer = keras.optimizers.Adam(1e-3)
    step = training.make_step(network, draws, optimizer)
    rows = course.train(network, optimizer, step, lambda: {"case": 20.0}, tmp_path, 0.15, 0.5, 99)
    assert rows[-1]["step"] >= 1
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, network.get_weights(), strict=True))
    with np.load(tmp_path / "state.npz") as stored:
        for name, weight in zip(stored.files, network.get_weights(), strict=True):
            np.testing.assert_array_equal(stored[name], weight)
    assert (tmp_path / "curve.csv").read_text().startswith("step,minutes,loss,case")
