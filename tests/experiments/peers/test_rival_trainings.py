import functools
import re

import keras
import numpy as np
import pytest

from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.models.rivals.fcmn import FCMN
from amp_net.operators.gaussian import gaussian
from experiments.peers import rival_trainings, rivals, rivals_page
from experiments.shared import linear
from experiments.shared.budget import Budget


def row(name, ratio, dataset="set11", minutes=20.0, psnr=30.0):
    cells = {"method": name, "cs_ratio": f"{ratio}", "dataset": dataset, "psnr": f"{psnr}"}
    return {**cells, "minutes": f"{minutes}", "steps": f"{100 * ratio}", "parameters": "7"}


def test_only_what_is_missing_is_trained():
    rows = [row("fcmn", 10), row("fcmn", 25, minutes=1.0), row("dr2_net", 25, "bsd68")]
    left = rival_trainings.missing(["fcmn", "dr2_net"], [10, 25], ["set11"], 20, rows)
    assert left == {("fcmn", 25): ["set11"], ("dr2_net", 10): ["set11"], ("dr2_net", 25): ["set11"]}


def test_the_page_says_by_how_much_a_figure_is_missed():
    rows = [row("ista_net_plus", ratio, psnr=26.5) for ratio in PUBLISHED_MEASUREMENTS]
    page = rivals_page.page([*rows, row("fcmn", 1, "bsd68")], ["ista_net_plus"])
    assert "| ISTA-Net+ | 26.50 | 26.50 | 26.50 | 26.50 | 26.50 | 26.50 | 26.50 |" in page
    assert "| published | 17.34 | 21.31 | 26.64 | 32.57 | – | 36.06 | 38.07 |" in page
    assert "| ours less published | +9.16 | +5.19 | -0.14 | **-6.07** | – | **-9.56** | **-11.57** |" in page
    assert "| ISTA-Net+ | 7 | 20 | 20 | 100 | 5000 |" in page


def test_a_page_with_a_missing_cell_is_refused():
    rows = [row("fcmn", ratio) for ratio in PUBLISHED_MEASUREMENTS if ratio != 4]
    with pytest.raises(ValueError, match="lacks 1 of 7 cells: fcmn, 4"):
        rivals_page.page(rows, ["fcmn"])


@pytest.fixture
def data():
    return rival_trainings.Data.of_sets(None, ("samples",), 1200 * 33**2)


@pytest.fixture
def small(monkeypatch):
    """ISTA-Net of one phase, in the place of nine."""
    kind = rivals.class_of("ista_net")
    make = functools.partial(kind, phases=1, channels=4)
    monkeypatch.setattr(rivals, "make", lambda name, ratio, policy: make(cs_ratio=ratio))


def test_a_network_is_trained_kept_and_started_from(small, data, tmp_path):
    train = functools.partial(rival_trainings.trained, "ista_net", minutes=0.01, folder=tmp_path)
    model, metadata = train(ratio=10, data=lambda: data, from_neighbour=True)
    assert metadata["steps"] > 0
    assert metadata["started_from"] == ""
    assert metadata["curve"][-1]["step"] == metadata["steps"]
    matrix = gaussian(109, (33, 33)).matrix
    np.testing.assert_array_equal(model.sensing.matrix, matrix)
    recovery = linear.linear_recovery(matrix, data.crops(33))
    np.testing.assert_allclose(model.initialization.kernel, recovery, rtol=1e-4, atol=1e-5)
    # There already, so that no data are asked for.
    again, known = train(ratio=10, data=None, from_neighbour=True)
    assert known == metadata
    np.testing.assert_array_equal(again.phases[0].step, model.phases[0].step)
    assert [path.name for path in tmp_path.iterdir()] == ["ista_net_cs10"]
    _, metadata = train(ratio=4, data=lambda: data, from_neighbour=True)
    assert metadata["started_from"] == "ista_net_cs10"


def test_fcmn_starts_near_a_linear_recovery(data):
    model = FCMN(cs_ratio=10)
    rivals.start("fcmn", model, data.crops)
    image = data.validation(96)[:8]
    error = np.mean((np.array(keras.ops.convert_to_numpy(model(image))) - image)[:, 16:-16, 16:-16] ** 2)
    assert error < 0.1 * np.var(image)


def test_a_training_that_was_stopped_goes_on(tmp_path, rng):
    def made():
        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
        model.compile(optimizer=keras.optimizers.Adam(), loss="mse")
        return model

    model, x = made(), rng.normal(size=(8, 3)).astype("float32")
    budget = Budget(tmp_path / "state", {"minutes": 5}, 5, 0.5)
    budget.set_model(model)
    budget.on_train_begin()
    for step in range(3):
        budget.on_train_batch_begin(step)
        model.train_on_batch(x, x[:, :2])
        budget.on_train_batch_end(step)
    assert 0 < float(model.optimizer.learning_rate) < 0.5
    budget.save()
    other, again = made(), Budget(tmp_path / "state", {"minutes": 5}, 5, 0.5)
    again.resume(other)
    assert (again.steps, again.seconds) == (3, budget.seconds)
    assert int(other.optimizer.iterations) == 3
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    anew = Budget(tmp_path / "state", {"minutes": 9}, 9, 0.5)
    anew.resume(other)
    assert anew.steps == 0
    with pytest.raises(FloatingPointError, match="after 3 steps"):
        again.on_epoch_end(0, {"loss": np.nan})
    budget.remove()
    assert not list(tmp_path.iterdir())


def test_a_smoke_run_shows_every_method_and_writes_nothing(small, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rival_trainings, "QUICK_MINUTES", 0.005)
    monkeypatch.setattr(rival_trainings, "FILE", tmp_path / "rivals.csv")
    rival_trainings.quick(["ista_net"], [25])
    assert re.fullmatch(r"ista_net at 25 %: \d+\.\d\d dB after \d+ steps\n", capsys.readouterr().out)
    assert not list(tmp_path.iterdir())
