"""Seconds for a 256×256 image, sensed and rebuilt, without loading: 64 blocks of 33×33."""

import contextlib
import copy
import os
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from skimage import data

from amp_net import AMPNet
from amp_net.images import blocks, quality
from amp_net.tensorflow.exchange_formats import export_to
from amp_net.tensorflow.saved_model import export_saved_model
from experiments.benchmark.networks.plain_network import PlainAMPNet
from experiments.shared.markdown import command, table
from experiments.shared.timing import in_turns, machine

PLAIN = "layer by layer"
SHIPPED = "the model itself"
MIDDLE_CONVOLUTIONS = 4
"""Convolutions between feature maps in a stage; nearly all of the arithmetic."""
MERGED_CONVOLUTIONS = 2
"""What is left of them where those with nothing between them and the image's are merged."""
CHAIN = 8
"""Convolutions that are timed in a row, as they are in a network."""
MERGED = (
    *(SHIPPED, f"{SHIPPED}, `predict`", "optimized, float32", "optimized, bfloat16"),
    *("SavedModel", "TFLite", "ONNX Runtime"),
)


def compare(preset, rounds):
    """Measures every way to run a preset on this machine; returns a Markdown page."""
    model = AMPNet.from_preset(preset)
    if any(name.endswith("attention") and on for name, on in model.config.items()):
        raise ValueError(f"{preset} has attention, which the networks in PyTorch have not; give an AMP-Net.")
    image = data.camera()[128:384, 128:384].astype("float32") / 255
    cut = blocks.split(image)
    contenders = {**_ours(model, cut), **_pytorch(model, cut)}
    reached = {
        name: quality.psnr(image, blocks.merge(np.reshape(run(), cut.shape), image.shape))
        for name, run in contenders.items()
    }
    ceilings = _ceilings(model, len(cut))
    runs = {name: run for name, (run, _, _) in ceilings.items()}
    seconds = in_turns({**contenders, **runs}, rounds)
    seconds |= {name: seconds[name] / count for name, (_, _, count) in ceilings.items()}
    rows = [
        (
            name,
            f"{1000 * seconds[name]:.0f}",
            f"{1 / seconds[name]:.1f}",
            f"{seconds[PLAIN] / seconds[name]:.2f}",
            f"{len(model.stages) * _convolutions(name) * seconds[_limit(model, name)] / seconds[name]:.0%}",
            "–" if "shape" in name else f"{reached[name]:.2f}",
        )
        for name in contenders
    ]
    heading = (
        "",
        "ms an image",
        "images/s",
        "speed, layer by layer = 1",
        "of the limit",
        "PSNR of the image (dB)",
    )
    limits = [
        (name, f"{1000 * seconds[name]:.1f}", f"{work / seconds[name] / 1e9:.0f}")
        for name, (_, work, _) in ceilings.items()
    ]
    return (
        f"{command('experiments.benchmark')}: {preset}, one 256×256 image, sensed and rebuilt, "
        f"medians of {rounds} turns on {machine()}. The limit is a network of nothing but the "
        f"convolutions between feature maps: {MIDDLE_CONVOLUTIONS} a stage, or the {MERGED_CONVOLUTIONS} "
        f"that are left where pairs of convolutions are merged, timed {CHAIN} in a row.\n\n"
        f"{table(heading, rows)}\nThe machine's own limits, in the same run:\n\n"
        f"{table(('', 'ms', 'GFLOP/s'), limits)}"
    )


def random_kernel(rng, channels):
    """A kernel `(3, 3, channels, channels)` in float32; what comes out is about as large as what goes in."""
    return tf.constant(rng.normal(0, 1 / np.sqrt(9 * channels), (3, 3, channels, channels)), "float32")


@tf.function
def convolutions_in_a_row(features, kernel, layout="NHWC"):
    """`CHAIN` of them, with the same kernel."""
    for _ in range(CHAIN):
        features = tf.nn.conv2d(features, kernel, 1, "SAME", layout)
    return features


def _ours(model, cut):
    found = {}
    for name, network in ((PLAIN, PlainAMPNet.of(model)), (SHIPPED, model)):
        called = tf.function(network.__call__)
        found[name] = lambda called=called: called(cut).numpy()
        # Here the end of the data's iterator can wait for the thread that tunes it, see `training_data`.
        found[f"{name}, `predict`"] = lambda network=network: network.predict(
            cut, batch_size=len(cut), verbose=0
        )
    for dtype in ("float32", "bfloat16"):
        fast = tf.function(model.optimized(dtype).__call__)
        found[f"optimized, {dtype}"] = lambda fast=fast: fast(cut).numpy()
    with tempfile.TemporaryDirectory() as folder:
        export_saved_model(model, Path(folder) / "model")
        served = tf.saved_model.load(f"{folder}/model")
        found["SavedModel"] = lambda: served.serving_default(cut).numpy()
        matrix = np.asarray(model.sensing.kernel)
        for kind, runtime in (("tflite", _tflite), ("onnx", _onnx)):
            # A ValueError says that what the export needs is not installed.
            with contextlib.suppress(ImportError, ValueError):
                export_to(model, kind, Path(folder) / kind)
                found |= runtime((Path(folder) / kind).read_bytes(), cut, matrix)
    return found


def _tflite(content, cut, matrix):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=len(os.sched_getaffinity(0)))
    runner = interpreter.get_signature_runner("reconstruct")
    flat = cut.reshape(len(cut), -1)
    return {"TFLite": lambda: next(iter(runner(measurements=flat @ matrix).values()))}


def _onnx(content, cut, matrix):
    import onnxruntime

    session = onnxruntime.InferenceSession(content)
    flat = cut.reshape(len(cut), -1)
    return {"ONNX Runtime": lambda: session.run(["blocks"], {"measurements": flat @ matrix})[0]}


def _pytorch(model, cut):
    try:
        import torch

        from experiments.benchmark.networks.torch_networks import TorchAMPNet, TorchISTANetPlus
    except ImportError:
        return {}
    batch = torch.tensor(cut).permute(0, 3, 1, 2).contiguous()
    found = {}
    for name, network in (
        ("PyTorch", TorchAMPNet(model)),
        ("PyTorch, ISTA-Net+'s shape", TorchISTANetPlus(model)),
    ):
        for suffix, layout in (("", torch.contiguous_format), (", channels last", torch.channels_last)):
            own = copy.deepcopy(network).to(memory_format=layout).eval()
            found[name + suffix] = _torch_call(own, batch.to(memory_format=layout))
    return found


def _torch_call(network, batch):
    import torch

    def call():
        with torch.inference_mode():
            result = network(batch)
        return (result[0] if isinstance(result, tuple) else result).numpy()

    return call


def _convolutions(name):
    return MERGED_CONVOLUTIONS if name in MERGED else MIDDLE_CONVOLUTIONS


def _limit(model, name):
    """The name of the convolution that bounds a contender."""
    return _one_convolution(model, "bfloat16" if "bfloat16" in name else "float32")


def _one_convolution(model, dtype):
    channels = model.config["channels"]
    return f"one convolution {channels}→{channels}, {dtype}"


def _multiply_adds(model):
    return model.block_size**2 * 9 * model.config["channels"] ** 2


def _ceilings(model, count):
    """By name: what to run, floating-point operations of one operation, and how many of them it runs."""
    rng = np.random.default_rng(1)
    side, channels = model.block_size, model.config["channels"]
    square = tf.constant(rng.normal(size=(2048, 2048)).astype("float32"))
    features = tf.constant(rng.normal(size=(count, side, side, channels)).astype("float32"))
    kernel = random_kernel(rng, channels)
    product = tf.function(lambda a, b: a @ b)
    found = {}
    for dtype in ("float32", "bfloat16"):
        a, b, c = (tf.cast(value, dtype) for value in (square, features, kernel))
        found[f"matrix product of 2048, {dtype}"] = (
            lambda a=a: product(a, a)[0, 0].numpy(),
            2 * 2048**3,
            1,
        )
        found[_one_convolution(model, dtype)] = (
            lambda b=b, c=c: convolutions_in_a_row(b, c)[0, 0, 0, 0].numpy(),
            2 * count * _multiply_adds(model),
            CHAIN,
        )
    return found
