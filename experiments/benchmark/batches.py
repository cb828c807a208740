"""Milliseconds for 64 blocks by the number that goes through the network at once, and by the layout."""

import numpy as np
import tensorflow as tf

from amp_net import AMPNet
from experiments.benchmark.reconstruction import CHAIN, convolutions_in_a_row, random_kernel
from experiments.shared.markdown import command, table
from experiments.shared.timing import in_turns, machine

DTYPES = ("float32", "bfloat16")
SIZES = (8, 16, 32, 64, 128, 256)
BLOCKS = 256
"""That each turn rebuilds, in parts of these sizes."""
IMAGE = 64
"""Blocks of a 256×256 image."""


def compare(preset, rounds):
    """Measures the optimised network in parts of all sizes and convolutions in both layouts, as Markdown."""
    model = AMPNet.from_preset(preset)
    blocks = np.random.default_rng(1).random((BLOCKS, model.block_size, model.block_size, 1), "float32")
    networks = {dtype: tf.function(model.optimized(dtype).__call__) for dtype in DTYPES}
    contenders = {
        (dtype, size): lambda network=network, size=size: [
            network(blocks[start : start + size]).numpy() for start in range(0, BLOCKS, size)
        ]
        for dtype, network in networks.items()
        for size in SIZES
    }
    layouts = _layouts(model.block_size, model.config["channels"])
    seconds = in_turns({**contenders, **layouts}, rounds)
    each = {name: 1000 * seconds[name] * IMAGE / BLOCKS for name in contenders}
    rows = [(dtype, *(f"{each[dtype, size]:.0f}" for size in SIZES)) for dtype in DTYPES]
    convolutions = [(*name, f"{1000 * seconds[name] / CHAIN:.2f}") for name in layouts]
    return (
        f"{command('experiments.benchmark')}: {preset}, milliseconds for {IMAGE} blocks by the number that "
        f"goes through the network at once, medians of {rounds} turns on {machine()}.\n\n"
        f"{table(('', *SIZES), rows)}\n"
        f"Likewise one 3×3 convolution of {model.config['channels']} feature maps, of {CHAIN} in a row, by "
        f"the layout in memory.\n\n{table(('', 'layout', 'ms'), convolutions)}"
    )


def _layouts(side, channels):
    """Convolutions in a row, by dtype and layout; a layout that TensorFlow lacks here is left out."""
    rng = np.random.default_rng(1)
    kernel = random_kernel(rng, channels)
    shapes = {"NHWC": (IMAGE, side, side, channels), "NCHW": (IMAGE, channels, side, side)}
    found = {}
    for dtype in DTYPES:
        for layout, shape in shapes.items():
            arguments = tf.cast(rng.normal(size=shape), dtype), tf.cast(kernel, dtype), layout
            try:
                convolutions_in_a_row(*arguments)
            except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
                continue
            found[dtype, layout] = lambda given=arguments: convolutions_in_a_row(*given)[0, 0, 0, 0].numpy()
    return found
