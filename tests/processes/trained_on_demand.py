"""A small training in a process of its own: it imports, waits for the end of stdin, trains in a folder.

Arguments: the folder; then nothing, to train as by default; or `alone`, `mirrored` (for two processors as
devices), or a worker's number and the addresses of all workers, to train for a shorter time and in float32.
With `stop=STEP` last, it gets SIGTERM while that step is made.
"""

import dataclasses
import os
import sys
from pathlib import Path

# Last, so that the package itself is the one that is installed.
sys.path.append(str(Path(__file__).resolve().parents[2]))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

from amp_net.tensorflow.distribution import make_strategy
from amp_net.training import run
from tests.backends.stopping_state import stopping_at
from tests.small_configs import ON_DEMAND


def strategy_of(arguments):
    if arguments in ([], ["alone"]):
        return None
    if arguments == ["mirrored"]:
        processor = tf.config.list_physical_devices("CPU")[0]
        halves = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(processor, halves)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    worker, *workers = arguments
    return make_strategy("multi_worker", workers, int(worker))


if __name__ == "__main__":
    tf.config.experimental.enable_op_determinism()
    sys.stdin.read()
    try:
        folder, *arguments = sys.argv[1:]
        if arguments and arguments[-1].startswith("stop="):
            run.RunState = stopping_at(int(arguments.pop().removeprefix("stop=")))
        config = dataclasses.replace(ON_DEMAND, policy="float32", steps=40) if arguments else ON_DEMAND
        run.train(config, folder, verbose=0, strategy=strategy_of(arguments))
    except ValueError as error:
        sys.exit(str(error))
