import random
import time

import numpy as np

from experiments.recipe.killed_training import variables
from tests.processes.training_process import history

KILLS = 20


def assert_same_outcome(folder, expected):
    """The same weights and optimizer state to the bit; reported figures to rounding."""
    states = [max((run / "state").glob("*.weights.h5")) for run in (folder, expected)]
    bests = [run / "best" / "model.weights.h5" for run in (folder, expected)]
    for path, other in (states, bests):
        assert path.name == other.name
        here, there = variables(path), variables(other)
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_array_equal(here[name], there[name], name)
    assert any("optimizer" in name for name in variables(states[0]))
    np.testing.assert_allclose(history(folder), history(expected), rtol=1e-5)
    for part in (".", "state", "best"):
        left, wanted = (sorted(path.name for path in (run / part).iterdir()) for run in (folder, expected))
        assert left == wanted


def test_a_training_killed_twenty_times_ends_with_the_undisturbed_weights(tmp_path, start_training):
    rng = random.Random(7)
    undisturbed = start_training(tmp_path / "undisturbed")
    undisturbed.finish()
    folder, reached = tmp_path / "run", set()
    training = start_training(folder)
    for kill in range(KILLS):
        # Its imports go on while the one before it trains.
        following = start_training(folder)
        training.start()
        if kill % 4 == 0:
            # While it builds, restores, or makes its first steps.
            time.sleep(rng.uniform(0, 2))
        elif kill % 4 == 2:
            # While it saves.
            training.wait_for(".part")
            time.sleep(rng.uniform(0, 0.03))
        else:
            # Once it has come on.
            training.wait_for("json")
            time.sleep(rng.uniform(0, 0.2))
        assert training.kill() == -9, "the training ended before it was killed often enough"
        reached.add(len(training.records()) and training.records()[-1].stem)
        training = following
    training.finish()
    assert len(reached) > KILLS / 4, "the lives came on"
    assert_same_outcome(folder, undisturbed.folder)
