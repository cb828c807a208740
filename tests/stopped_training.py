"""A small training under the backend of `KERAS_BACKEND`: `python -m tests.stopped_training FOLDER [STEP]`.

It is asked to stop, by SIGTERM, once the given step is made; nothing of it may need TensorFlow.
"""

import os
import signal
import sys

from amp_net.training import run
from amp_net.training.run_state import RunState
from tests.small_configs import ANY_BACKEND


def stopping_at(step):
    """A `RunState` whose process gets SIGTERM while the given step is made."""

    class Stopping(RunState):
        def on_train_batch_begin(self, batch, logs=None):
            super().on_train_batch_begin(batch, logs)
            if self.step == step - 1:
                os.kill(os.getpid(), signal.SIGTERM)

    return Stopping


if __name__ == "__main__":
    run.RunState = stopping_at(int(sys.argv[2]))
    run.train(ANY_BACKEND, sys.argv[1], verbose=0)
