"""A small training under the backend of `KERAS_BACKEND`: `python -m tests.stopped_training FOLDER [STEP]`.

It is asked to stop, by SIGTERM, once the given step is made; nothing of it may need TensorFlow.
"""

import sys

from amp_net.training import run
from tests.small_configs import ANY_BACKEND
from tests.stopping_state import stopping_at

if __name__ == "__main__":
    run.RunState = stopping_at(int(sys.argv[2]))
    run.train(ANY_BACKEND, sys.argv[1], verbose=0)
