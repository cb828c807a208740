"""A training of a few steps, and how to kill it."""

import json

from amp_net.training.config import TrainingConfig
from amp_net.training.run_state import RunState

CONFIG = TrainingConfig(
    model={"cs_ratio": 1, "stages": 1, "channels": 4},
    data="samples",
    blocks=120,
    held_out=2,
    steps=12,
    batch_size=8,
    policy="float32",
    validate_every=3,
)


class KilledError(Exception):
    pass


def kill_at_step(monkeypatch, step):
    """Makes the training die in the given step, as by SIGKILL: nothing is cleaned up or written after it."""

    class Stopping(RunState):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.optimizer.iterations) == step:
                raise KilledError

    monkeypatch.setattr("amp_net.training.run.RunState", Stopping)


def losses(folder):
    newest = json.loads(sorted((folder / "state").glob("*.json"))[-1].read_text())
    return [{name: row[name] for name in row if name != "seconds"} for row in newest["history"]]
