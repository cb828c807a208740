import shutil

import numpy as np
import pytest

from amp_net import backends
from amp_net.training import run, state_file
from tests.backends.stopping_state import stopping_at
from tests.backends.under_backend import run_under
from tests.processes.training_process import history
from tests.small_configs import ANY_BACKEND as CONFIG

MIDDLE, LATER, END = 3, 6, "step_00000012.weights.h5"


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    backends.make_deterministic()
    folder = tmp_path_factory.mktemp("across") / "run"
    run.train(CONFIG, folder, verbose=0)
    return folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The folder of a training that was stopped within its first epoch."""
    backends.make_deterministic()
    folder = tmp_path_factory.mktemp("across") / "run"
    train_until(MIDDLE, folder)
    return folder


def end_of(folder):
    """The last state's arrays."""
    return state_file.arrays((folder / "state" / END).read_bytes())


def train_until(step, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "RunState", stopping_at(step))
        with pytest.raises(KeyboardInterrupt, match=f"Stopped at step {step}; the same command goes on"):
            run.train(CONFIG, folder, verbose=0)
    assert (folder / "state" / f"step_{step:08d}.weights.h5").is_file()


def test_a_training_that_is_asked_to_stop_goes_on_to_the_same_weights_to_the_bit(
    stopped, uninterrupted, tmp_path
):
    folder = shutil.copytree(stopped, tmp_path / "run")
    train_until(LATER, folder)
    run.train(CONFIG, folder, verbose=0)
    ours, theirs = (end_of(each) for each in (folder, uninterrupted))
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], name)
    np.testing.assert_allclose(history(folder), history(uninterrupted), rtol=1e-5)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_training_goes_on_under_another_backend_and_back(backend, stopped, uninterrupted, tmp_path):
    folder = shutil.copytree(stopped, tmp_path / "run")
    done = run_under(backend, "tests.backends.stopped_training", folder, LATER)
    assert f"Stopped at step {LATER}; the same command goes on" in done.stderr
    run.train(CONFIG, folder, verbose=0)
    ours, theirs = (end_of(each) for each in (folder, uninterrupted))
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        # What the optimizer keeps are sums of gradients, in which rounding shows more.
        tolerance = 1e-5 if name.startswith("weights/") else 1e-4
        assert np.abs(ours[name] - value).max() <= tolerance * np.abs(value).max(), name
    np.testing.assert_allclose(history(folder), history(uninterrupted), rtol=1e-4)


def test_jax_makes_the_same_steps_however_many_a_dispatch(tmp_path):
    # Three of its trainings compile the same programs.
    kept = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "programs")}
    kept["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    done = run_under("jax", "tests.backends.jax_dispatches", tmp_path, **kept)
    assert done.returncode == 0, done.stderr
    one, three, resumed = (end_of(tmp_path / name) for name in ("one", "three", "resumed"))
    for name, value in one.items():
        np.testing.assert_array_equal(resumed[name], three[name], name)
        np.testing.assert_allclose(three[name], value, rtol=1e-3, atol=1e-5, err_msg=name)
    said = done.stdout.splitlines()
    assert len(said) == 2
    assert said[0] == said[1]
    assert said[0].startswith("The loss is ")
    assert "the start" in said[0]
