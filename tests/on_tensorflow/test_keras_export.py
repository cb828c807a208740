"""`keras.Model.export`, in the formats of Keras that TensorFlow writes."""

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from amp_net import AMPNet


def of_saved_model(path):
    served = tf.saved_model.load(path)
    return lambda blocks: served.serve(blocks)


def of_onnx(path):
    session = onnxruntime.InferenceSession(path)
    (name,) = (each.name for each in session.get_inputs())
    return lambda blocks: session.run(None, {name: blocks})[0]


def of_litert(path):
    interpreter = Interpreter(path)
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()

    def rebuilt(blocks):
        interpreter.resize_tensor_input(given["index"], blocks.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], blocks)
        interpreter.invoke()
        return interpreter.get_tensor(made["index"])

    return rebuilt


def of_openvino(path):
    import openvino

    network = openvino.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda blocks: network(blocks)[0]


FORMATS = {
    "tf_saved_model": ("folder", of_saved_model),
    "onnx": ("model.onnx", of_onnx),
    "litert": ("model.tflite", of_litert),
    "openvino": ("model.xml", of_openvino),
}


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("format", FORMATS)
def test_a_model_that_was_never_called_or_was_fitted_is_exported(format, fitted, blocks, tmp_path):
    if format == "openvino":
        pytest.importorskip("openvino")
    name, load = FORMATS[format]
    attention = dict.fromkeys(("initialization_attention", "spatial_attention", "channel_attention"), True)
    AMPNet(cs_ratio=4, stages=2, channels=8, **attention).save_to_preset(tmp_path / "preset")
    model = AMPNet.from_preset(tmp_path / "preset")
    if fitted:
        model.compile("adam")
        model.fit(blocks, verbose=0)
    model.export(str(tmp_path / name), format=format, verbose=False)
    exported = load(str(tmp_path / name))
    for count in (5, 1):
        np.testing.assert_allclose(exported(blocks[:count]), model(blocks[:count]), atol=1e-5)


def test_what_keras_cannot_export_is_refused(tmp_path):
    with pytest.raises(ValueError, match="requires PyTorch backend"):
        AMPNet(stages=1, channels=4).export(str(tmp_path / "model.pt2"), format="torch")
