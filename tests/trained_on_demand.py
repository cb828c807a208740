"""A small training in a process of its own: it imports, waits for the end of stdin, trains in a folder."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

from amp_net.training_config import TrainingConfig
from amp_net.training_run import train

CONFIG = TrainingConfig(
    model={"cs_ratio": 1, "stages": 1, "channels": 2},
    data="samples",
    blocks=120,
    held_out=2,
    steps=100,
    batch_size=8,
    policy="float32",
    validate_every=2,
)

if __name__ == "__main__":
    tf.config.experimental.enable_op_determinism()
    sys.stdin.read()
    train(CONFIG, sys.argv[1], verbose=0)
