"""One tree's side of `experiments.benchmark.before`: does what a line names, and writes the seconds it took.

It is started by its path with `PYTHONPATH` at the tree, and uses only what every version of the package has.
"""

import sys
import time

import keras
import numpy as np

from amp_net import AMPNet

BLOCKS = 64
"""As of an image of 256×256 pixels, and of a batch of the recipe."""


def tasks():
    """A dict of name to a function that does its work before it returns."""
    blocks = np.random.default_rng(1).random((BLOCKS, 33, 33, 1), "float32")
    done = {}
    for preset in ("amp_net_cs25", "ampa_net_cs25"):
        model = AMPNet.from_preset(preset)
        y = np.asarray(model.sense(blocks))
        done[f"{preset}, rebuild"] = _waited(model.reconstruct, y)
        for dtype in ("float32", "bfloat16"):
            done[f"{preset}, rebuild, optimized, {dtype}"] = _waited(model.optimized(dtype).reconstruct, y)
    attention = dict.fromkeys(("spatial_attention", "channel_attention", "initialization_attention"), True)
    for name, fields in (("AMP-Net", {}), ("AMPA-Net", attention)):
        for policy in ("float32", "mixed_bfloat16"):
            model = AMPNet(cs_ratio=25, dtype=policy, **fields)
            model.compile(optimizer=keras.optimizers.Adam(1e-4))
            done[f"{name}, training step, {policy}"] = _waited(model.train_on_batch, blocks)
    return done


def _waited(function, argument):
    # As an array it has been computed.
    return lambda: np.asarray(function(argument))


def main():
    """Says the names in a line, and then answers each line that names one."""
    done = tasks()
    print(";".join(done), flush=True)
    for line in sys.stdin:
        task = done[line.strip()]
        task()
        began = time.perf_counter()
        task()
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
