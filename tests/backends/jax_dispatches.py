"""Under JAX, the same small trainings with one and with three steps a dispatch: `… FOLDER`.

Writes the runs `one`, `three` and `resumed`, which is stopped and goes on, and prints what two trainings end
with whose loss explodes.
"""

import dataclasses
import sys
from pathlib import Path

from amp_net.training import run
from amp_net.training.run_state import RunState
from amp_net.training.steps import jax_steps
from tests.backends.stopping_state import stopping_at
from tests.small_configs import ANY_BACKEND as CONFIG

SMALL = dataclasses.replace(
    CONFIG, model={**CONFIG.model, "stages": 1}, optimizer="adam", schedule="constant", learning_rate=1e-3
)
WILD = dataclasses.replace(SMALL, learning_rate=1e30)


def train(config, folder, at_once, state=RunState):
    jax_steps.AT_ONCE, run.RunState = at_once, state
    try:
        run.train(config, folder, verbose=0)
    except KeyboardInterrupt:
        return
    except FloatingPointError as error:
        print(error)


if __name__ == "__main__":
    jax_steps.backends.on_accelerator = lambda: True
    folder = Path(sys.argv[1])
    train(SMALL, folder / "one", 1)
    train(SMALL, folder / "three", 3)
    train(SMALL, folder / "resumed", 3, stopping_at(5))
    train(SMALL, folder / "resumed", 3)
    for number in (1, 3):
        train(WILD, folder / f"wild_{number}", number)
