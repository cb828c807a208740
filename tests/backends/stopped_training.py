"""A small training under a backend: `python -m tests.backends.stopped_training FOLDER [STEP]`.

It is asked to stop, by SIGTERM, once the given step is made; nothing of it may need TensorFlow.
"""

import sys

from amp_net.training import run
from tests.backends.stopping_state import stopping_at
from tests.small_configs import ANY_BACKEND

if __name__ == "__main__":
    run.RunState = stopping_at(int(sys.argv[2]))
    run.train(ANY_BACKEND, sys.argv[1], verbose=0)
