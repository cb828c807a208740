"""Where the time of a training step goes, by TensorFlow's profiler."""

import collections
import re
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from amp_net.photographs import image_sets
from amp_net.training.data.crops import crop_blocks
from amp_net.training.steps.precision import fastest_policy
from experiments.benchmark.training import EACH, Ours
from experiments.shared.markdown import command, table
from experiments.shared.timing import machine

OPERATION = re.compile(r"(?P<name>[^:]+):(?:_Mkl(?:Native)?)?(?P<kind>\w+)")
"""An operation's event, `name:kind`; other events have no name, or two colons."""
KINDS = {
    "convolutions, gradient towards the kernels": ("Conv2DBackpropFilter", "Conv2DBackpropFilterWithBias"),
    "convolutions, gradient towards their inputs": ("Conv2DBackpropInput",),
    "convolutions": ("Conv2D", "FusedConv2D"),
    "ReLU's gradient": ("ReluGrad",),
    "matrix products": ("MatMul", "BatchMatMulV2", "Einsum"),
    "elements moved, unchanged": (
        *("Transpose", "ConcatV2", "Pack", "Pad", "GatherV2", "DepthToSpace"),
        *("StridedSlice", "StridedSliceGrad", "TensorScatterAdd"),
    ),
    "sums and products by elements": ("Mul", "Sub", "AddV2", "AddN", "Sqrt", "SqrtGrad", "Square"),
}
OPTIMIZER, REST = "the optimizer", "everything else"
KIND_OF = {operation: kind for kind, operations in KINDS.items() for operation in operations}


def profile(batch_size, data_dir):
    """A Markdown table of the time of a step with the default policy, by kinds of operations."""
    keras.utils.set_random_seed(1)
    policy, photographs = fastest_policy(), [image for _, image in image_sets.load("t91", data_dir)]
    ours = Ours(crop_blocks(photographs, 2_000, seed=1), batch_size, 0, policy)
    ours.train(EACH)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        ours.train(EACH)
        tf.profiler.experimental.stop()
        (path,) = Path(folder).rglob("*.xplane.pb")
        seconds = by_kind(path.read_bytes())
    total = sum(seconds.values())
    rows = [
        (kind, f"{1000 * value / EACH:.0f}", f"{value / total:.0%}") for kind, value in seconds.most_common()
    ]
    return (
        f"{command('experiments.benchmark')}: a step of {batch_size} blocks, AMP-Net at 25 %, {policy}, on "
        f"{machine()}; {1000 * total / EACH:.0f} ms of all threads.\n\n"
        + table(("", "ms a step", "share"), rows)
    )


def by_kind(content):
    """Seconds by kinds of operations in a profile, the bytes of an `XSpace`: a `Counter`."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space, seconds = xplane_pb2.XSpace.FromString(content), collections.Counter()
    for plane in space.planes:
        for event in (event for line in plane.lines for event in line.events):
            found = OPERATION.fullmatch(plane.event_metadata[event.metadata_id].name)
            if found:
                kind = OPTIMIZER if "muon" in found["name"] else KIND_OF.get(found["kind"], REST)
                seconds[kind] += event.duration_ps / 1e12
    return seconds
