import dataclasses
import json
import re
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from amp_net import AMPNet, backends
from amp_net.models import presets
from amp_net.training import run, signals, state_file
from amp_net.training.run_state import RunState
from amp_net.training.steps.optimizers import make_schedule
from tests.conftest import ROOT
from tests.small_configs import SMALL as CONFIG
from tests.training.small_run import KilledError, kill_at_step, losses

HALF = dataclasses.replace(CONFIG, steps=6)


def weights(folder, step):
    return state_file.arrays((folder / "state" / f"step_{step:08d}.weights.h5").read_bytes())


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], name)


def test_a_run_at_a_constant_rate_that_is_extended_is_the_longer_run(tmp_path):
    backends.make_deterministic()
    constant = {"schedule": "constant", "learning_rate": 1e-3}
    for folder, *configs in (("one", CONFIG), ("two", HALF, CONFIG)):
        for config in configs:
            run.train(dataclasses.replace(config, **constant), tmp_path / folder, verbose=0)
    assert_equal(weights(tmp_path / "one", 12), weights(tmp_path / "two", 12))
    recorded = json.loads((tmp_path / "two" / "config.json").read_text())
    assert (recorded["steps"], recorded["former_steps"]) == (12, None)


@pytest.mark.parametrize("after", [3, 6])
def test_a_cosine_run_that_is_extended_ends_its_course_and_begins_another(after, tmp_path, monkeypatch):
    backends.make_deterministic()
    monkeypatch.setattr("amp_net.training.run_state.TOLERANCE", 100.0)
    expected, folder = tmp_path / "expected", tmp_path / "run"
    run.train(HALF, expected, verbose=0)
    with monkeypatch.context() as patch:
        if after == 3:
            kill_at_step(patch, 4)
            with pytest.raises(KilledError):
                run.train(HALF, folder, verbose=0)
        else:
            run.train(HALF, folder, verbose=0)
    for _ in range(2):
        run.train(dataclasses.replace(HALF, steps=9), folder, verbose=0)
    assert_equal(weights(folder, 6), weights(expected, 6))
    recorded = json.loads((folder / "config.json").read_text())
    assert (recorded["steps"], recorded["former_steps"]) == (9, [6])
    metadata = presets.load_metadata(folder / "best")["training"]
    assert metadata["former_steps"] in (None, [6])
    run.train(dataclasses.replace(HALF, steps=12), folder, verbose=0)
    assert json.loads((folder / "config.json").read_text())["former_steps"] == [6, 9]
    assert len(losses(folder)) == 4
    with pytest.raises(ValueError, match="holds a training with another steps"):
        run.train(HALF, folder, verbose=0)


def test_an_extended_cosine_warms_up_and_falls_once_more():
    schedule = make_schedule("cosine", 0.01, steps=1600, former_steps=[1000])
    rates = [float(schedule(step)) for step in range(1600)]
    first, second = (make_schedule("cosine", 0.01, steps) for steps in (1000, 600))
    np.testing.assert_allclose(rates[:1000:50], [float(first(step)) for step in range(0, 1000, 50)])
    np.testing.assert_allclose(rates[1000::50], [float(second(step)) for step in range(0, 600, 50)])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert float(again(1050)) == pytest.approx(0.01)


def test_sigterm_ends_the_command_with_a_state_and_one_line(tmp_path, command_environment):
    tiny = ("--stages=1", "--steps=3000", "--validate_every=1500", "--batch_size=4", "--cs_ratio=1")
    told = ["train", "--data=samples", "--blocks=200", "--output_dir=run", *tiny]
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, *told],
        cwd=tmp_path,
        env={**command_environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not process.stdout.readline().startswith("step 5"):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=120)[1].splitlines()
    said = [line for line in said if not re.match(r"[IWE]\d{4} |WARNING", line)]
    assert process.returncode == 1
    (record,) = (tmp_path / "run" / "state").glob("*.json")
    step = json.loads(record.read_text())["step"]
    assert step >= 5
    assert said == [f"Stopped at step {step}; the same command goes on from there."]


WAITING = """
import sys
from amp_net import train
from amp_net.command_line import cli
import amp_net.training.run_state as run_state

begin = run_state.RunState.on_train_batch_begin

def telling(self, batch, logs=None):
    begin(self, batch, logs)
    print("step", self.step, flush=True)

run_state.RunState.on_train_batch_begin = telling
del sys.argv[1]
cli.run(train.main)
"""


def test_a_second_signal_does_what_it_would_have_done():
    asked = []
    # A process that was started in the background may ignore it.
    found = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGINT)
    with signals.calling(lambda: asked.append(True)):
        signal.raise_signal(signal.SIGINT)
        assert asked == [True]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
    signal.signal(signal.SIGINT, found)


def test_a_state_of_the_version_before_is_refused_in_one_sentence(whole, tmp_path):
    from amp_net.training.run_state import _sealed, _whole

    for path in (whole / "state").glob("*.json"):
        record = {name: value for name, value in _whole(path).items() if name not in ("step", "seconds")}
        (tmp_path / path.name).write_text(_sealed(record))
        weights = path.with_suffix(".weights.h5")
        (tmp_path / weights.name).write_bytes(weights.read_bytes())
    with pytest.raises(ValueError, match=r"is a state of amp_net 0\.1, .*; finish the training there, or"):
        RunState(tmp_path, CONFIG.validate_every).find()


def test_a_state_of_another_network_is_refused(whole, tmp_path):
    model = AMPNet(**{**CONFIG.model, "channels": 8})
    model.compile("adam")
    with pytest.raises(ValueError, match=r"step_00000012\.weights\.h5 is of another network or optimizer"):
        RunState(whole / "state", CONFIG.validate_every).restore(model)


def test_no_step_follows_on_a_loss_that_is_no_number(tmp_path):
    model = AMPNet(**CONFIG.model)
    model.compile("adam")
    state = RunState(tmp_path, every=50)
    state.set_model(model)
    state.on_epoch_begin(0)
    state.on_train_batch_begin(0)
    state.on_train_batch_end(2, {"loss": np.inf, "losses": np.array([0.1, 0.2, 0.3])})
    state.on_train_batch_begin(3)
    state.on_train_batch_end(5, {"loss": np.nan, "losses": np.array([0.1, np.inf, np.nan])})
    with pytest.raises(FloatingPointError, match=r"is inf at step 5, .* is the start"):
        state.on_train_batch_begin(6)


@pytest.mark.parametrize("step", [2, 7])
def test_a_loss_that_is_no_number_is_noticed_where_losses_arrive_late(step, tmp_path, monkeypatch):
    """As on a GPU, where Keras calls the end of a step in another thread."""

    class Late(RunState):
        def __init__(self, *arguments, **settings):
            super().__init__(*arguments, **settings)
            self.async_safe = True

        def on_train_batch_begin(self, batch, logs=None):
            super().on_train_batch_begin(batch, logs)
            if self.step == step - 1:
                for variable in self.model.trainable_variables:
                    variable.assign(variable * np.nan)

    monkeypatch.setattr(run, "RunState", Late)
    with pytest.raises(FloatingPointError, match=rf"is nan at step {step}, "):
        run.train(CONFIG, tmp_path, verbose=0)
    assert not list((tmp_path / "state").glob(f"step_{step:08d}*"))


def test_float16_trains_with_a_scaled_loss_and_goes_on_to_the_bit(tmp_path, monkeypatch):
    backends.make_deterministic()
    config = dataclasses.replace(HALF, policy="mixed_float16")
    run.train(config, tmp_path / "whole", verbose=0)
    with monkeypatch.context() as patch:
        kill_at_step(patch, 4)
        with pytest.raises(KilledError):
            run.train(config, tmp_path / "run", verbose=0)
    run.train(config, tmp_path / "run", verbose=0)
    ours = weights(tmp_path / "run", 6)
    assert_equal(ours, weights(tmp_path / "whole", 6))
    assert ours["optimizer/loss_scale_optimizer/dynamic_scale"] > 1
