"""Seconds for a 256×256 image at 25 %, beside what a network reaches, and how large it is."""

import copy

import numpy as np
import tensorflow as tf
from skimage import data

from amp_net import AMPNet, evaluation
from amp_net.evaluation.published import other_figures
from amp_net.images import blocks
from amp_net.models import presets
from amp_net.models.any_ratio import AnyRatioAMPNet
from experiments.benchmark.networks.plain_network import PlainAMPNet
from experiments.paper import readme_results
from experiments.paper.readme_results import ANY_RATIO
from experiments.shared.markdown import command, table
from experiments.shared.timing import in_turns, machine

RATIO = 25
PAPER = {"amp_net_cs25": "AMP-Net", "ampa_net_cs25": "AMPA-Net"}
FIRST = "amp_net_cs25, single blocks"
RANDOM = {"OPINE-Net+'s shape": "OPINE-Net+ (across blocks)", "CASNet's shape": "CASNet"}
"""Networks with random weights, and the published method whose shape they have."""
HEADING = (
    *("", "ms an image", "time, single blocks = 1", "parameters, million"),
    *("multiply-adds, billion", f"Set11 at {RATIO} %, dB"),
)


def compare(rounds):
    """Measures on this machine; returns a Markdown page."""
    image = data.camera()[128:384, 128:384].astype("float32") / 255
    contenders = {**_ours(image), **_pytorch(image)}
    seconds = in_turns({name: run for name, (run, *_) in contenders.items()}, rounds)
    rows = [
        (
            name,
            f"{1000 * seconds[name]:.0f}",
            f"{seconds[name] / seconds[FIRST]:.2f}",
            f"{parameters / 1e6:.2f}",
            f"{operations / 1e9:.1f}",
            psnr,
        )
        for name, (_, parameters, operations, psnr) in contenders.items()
    ]
    return (
        f"{command('experiments.benchmark')}: one 256×256 image, sensed at {RATIO} % and rebuilt in float32, "
        f"medians of {rounds} turns on {machine()}. Where the machine does other work too, only the ratios "
        "between the rows count, and only on one core: threads that wait for each other then lose the most, "
        f"which are PyTorch's.\n\n{table(HEADING, rows)}\n"
        "Ours are the presets as `evaluate` runs them, `optimized()`. The networks in PyTorch are eager. "
        "Those of OPINE-Net+'s and CASNet's shape have random weights; their PSNR is the published one of "
        "the trained network. CASNet's allotment of measurements to blocks is left out. Multiply-adds are "
        "those of the networks as they are described, at the image's size in whole blocks: 264×264 for "
        "blocks of 33×33, 256×256 for CASNet's of 32×32.\n"
    )


def multiply_adds(function, shape):
    """Half the floating-point operations that TensorFlow counts in a call with float32 of this shape."""
    options = tf.compat.v1.profiler.ProfileOptionBuilder(
        tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    )
    graph = tf.function(function).get_concrete_function(tf.TensorSpec(shape)).graph
    counted = tf.compat.v1.profiler.profile(graph=graph, options=options.with_empty_output().build())
    return counted.total_float_ops // 2


def _ours(image):
    """By name: what to run, parameters, multiply-adds, and PSNR on Set11 as it is shown."""
    mine, found = readme_results.ours(), {}
    shape = blocks.split(image).shape
    for preset, network in PAPER.items():
        model = AMPNet.from_preset(preset)
        operations = multiply_adds(PlainAMPNet.of(model).__call__, shape)
        fast, size = model.optimized(), presets.load_metadata(preset)["parameters"]
        for way, suffix, psnr in (
            ("blockwise", "single blocks", readme_results.accuracy(mine, network, "set11")),
            ("whole", "whole image", readme_results.whole_images(network, "set11")),
        ):
            run = lambda fast=fast, way=way: evaluation.rebuild(fast, image, way)  # noqa: E731
            found[f"{preset}, {suffix}"] = run, size, operations, f"{psnr[RATIO]:.2f}"
    network = AnyRatioAMPNet.from_preset(ANY_RATIO)
    fast = network.at(cs_ratio=RATIO).optimized()
    side = -(-image.shape[0] // network.block_size)
    operations = multiply_adds(network.reconstruct, (1, side, side, fast.measurements))
    size = presets.load_metadata(ANY_RATIO)["parameters"]
    found[f"{ANY_RATIO}, whole image"] = (
        lambda: evaluation.rebuild(fast, image),
        size,
        operations,
        f"{readme_results.of_any_ratio('set11')[RATIO]:.2f}",
    )
    return found


def _pytorch(image):
    try:
        import torch

        from experiments.benchmark.networks import torch_whole_images
        from experiments.benchmark.networks.torch_networks import TorchAMPNet
    except ImportError:
        return {}
    torch.manual_seed(1)
    cut = torch.tensor(np.transpose(blocks.split(image), (0, 3, 1, 2)))
    theirs, found = other_figures("set11"), {}
    for name, network, given in (
        (FIRST, TorchAMPNet(AMPNet.from_preset("amp_net_cs25")), cut),
        ("OPINE-Net+'s shape", torch_whole_images.TorchOPINENetPlus(), _whole(image, 33)),
        ("CASNet's shape", torch_whole_images.TorchCASNet(), _whole(image, 32)),
    ):
        size = torch_whole_images.parameters(network)
        operations = torch_whole_images.multiply_adds(network, given)
        psnr = f"{theirs[RANDOM[name]][RATIO]:.2f}, published" if name in RANDOM else "as above"
        for suffix, layout in (("", torch.contiguous_format), (", channels last", torch.channels_last)):
            own = copy.deepcopy(network).to(memory_format=layout).eval()
            run = _torch_call(own, given.to(memory_format=layout))
            found[f"PyTorch, {name}{suffix}"] = run, size, operations, psnr
    return found


def _whole(image, side):
    import torch

    return torch.tensor(blocks.padded(image, side))[None, None]


def _torch_call(network, given):
    import torch

    def call():
        with torch.inference_mode():
            return network(given)

    return call
