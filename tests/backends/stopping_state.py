"""A state of a training that asks its own process to stop; for trainings in processes of their own too."""

import os
import signal

from amp_net.training.run_state import RunState


def stopping_at(step):
    """A `RunState` whose process gets SIGTERM while the given step is made."""

    class Stopping(RunState):
        def on_train_batch_begin(self, batch, logs=None):
            super().on_train_batch_begin(batch, logs)
            if self.step == step - 1:
                os.kill(os.getpid(), signal.SIGTERM)

    return Stopping
