"""Export to TFLite and ONNX: y in, blocks out, for devices and runtimes without TensorFlow."""

import tempfile
from pathlib import Path
from typing import Any

import tensorflow as tf

from amp_net.storage import file_sizes
from amp_net.storage.disk import files, others
from amp_net.tensorflow.saved_model import export_saved_model, is_ours

FORMATS = ("tflite", "onnx")
SOFTWARE, NAME = "software", "amp_net"
"""What an ONNX file says of the program that wrote it."""


def export_to(model: Any, kind: str, path: str | Path, images: bool = False) -> None:
    """Writes the reconstruction as one file, for batches of one or more, in float32.

    Its input is `measurements`: y `(batch, m)` of blocks, which become `(batch, block_size, block_size, 1)`;
    or y `(batch, rows, columns, m)` of images, for which the network sees across the blocks, and which become
    `(batch, rows · block_size, columns · block_size, 1)`. Neither is clipped. A TFLite file has a signature
    for each, `reconstruct` and `reconstruct_images`. An ONNX file has one input, of blocks or of images, and
    its output is called `blocks` or `images`. Sensing is what the camera does; in software it is one product
    with `model.sensing.matrix`.

    Args:
        model: an `AMPNet`, or an `AtRatio`.
        kind: `"tflite"` or `"onnx"`; the latter needs tf2onnx (`pip install amp_net[onnx]`).
        path: where to.
        images: whether an ONNX file is of images.

    Raises:
        ValueError: if the kind is unknown, what it needs is not installed, it has no operation for a part of
            the network, or the file cannot be written, or is there and is none of ours.
    """
    if kind not in FORMATS:
        raise ValueError(f"The format is {' or '.join(FORMATS)}, not {kind!r}.")
    others.check(path, is_ours if kind == "tflite" else _is_our_onnx)
    files.write(Path(path), _tflite(model) if kind == "tflite" else _onnx(model.optimized(), images))


def _tflite(model):
    with tempfile.TemporaryDirectory() as folder:
        export_saved_model(model, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(
            f"{folder}/model", signature_keys=["reconstruct", "reconstruct_images"]
        )
        return converter.convert()


def _onnx(network, images):
    try:
        import onnx
        import tf2onnx
    except ImportError as error:
        raise ValueError("ONNX needs tf2onnx; install it with pip install 'amp_net[onnx]'.") from error
    shape = (None, None, None, network.measurements) if images else (None, network.measurements)
    measurements = tf.TensorSpec(shape, "float32", name="measurements")

    @tf.function(input_signature=[measurements])
    def reconstruct(measurements):
        return {"images" if images else "blocks": network.reconstruct(measurements)}

    proto, _ = tf2onnx.convert.from_function(reconstruct, input_signature=[measurements], opset=17)
    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError as error:
        raise ValueError(
            f"ONNX has no operation for all of this network ({str(error).splitlines()[0]}); export it to "
            "TFLite."
        ) from error
    onnx.helper.set_model_props(proto, {SOFTWARE: NAME})
    return proto.SerializeToString()


def _is_our_onnx(file):
    return NAME.encode() in file.read(file_sizes.WEIGHTS)
