import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from amp_net import AMPNet
from amp_net.images import quality
from amp_net.tensorflow import saved_model
from amp_net.tensorflow.exchange_formats import export_to
from tests.conftest import randomize, smooth_blocks


def run_tflite(path, measurements):
    runner = Interpreter(str(path)).get_signature_runner("reconstruct")
    (blocks,) = runner(measurements=measurements).values()
    return blocks


def run_onnx(path, measurements):
    session = onnxruntime.InferenceSession(str(path))
    (blocks,) = session.run(["blocks"], {"measurements": measurements})
    return blocks


RUNTIMES = {"tflite": run_tflite, "onnx": run_onnx}


@pytest.mark.parametrize("kind", RUNTIMES)
@pytest.mark.parametrize("preset", ["amp_net_cs25", "ampa_net_cs25"])
def test_another_runtime_rebuilds_the_same(preset, kind, tmp_path):
    model, blocks = AMPNet.from_preset(preset), smooth_blocks()
    path = tmp_path / f"reconstruct.{kind}"
    export_to(model, kind, path)
    measurements = np.asarray(model.sense(blocks))
    expected = np.asarray(model.reconstruct(measurements))
    for count in (len(blocks), 1):
        rebuilt = RUNTIMES[kind](path, measurements[:count])
        np.testing.assert_allclose(rebuilt, expected[:count], atol=1e-4)
        difference = quality.psnr(rebuilt, blocks[:count]) - quality.psnr(expected[:count], blocks[:count])
        assert abs(difference) < 0.01


@pytest.mark.parametrize("attention", [False, True], ids=["AMP-Net", "AMPA-Net"])
def test_another_runtime_rebuilds_the_same_images(attention, tmp_path, rng):
    fields = {"spatial_attention": attention, "channel_attention": attention}
    model = AMPNet(cs_ratio=30, stages=2, channels=8, block_size=9, **fields)
    for stage in model.stages:
        randomize(stage, rng, 0.1)
    export_to(model, "tflite", tmp_path / "model.tflite")
    for _ in range(2):
        # What is ours is replaced.
        export_to(model, "onnx", tmp_path / "model.onnx", images=True)
    assert saved_model.is_ours((tmp_path / "model.tflite").open("rb"))
    runner = Interpreter(str(tmp_path / "model.tflite")).get_signature_runner("reconstruct_images")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for grid in ((3, 2), (2, 5)):
        y = rng.random((2, *grid, model.measurements)).astype("float32")
        expected = model.reconstruct(y)
        (lite,) = runner(measurements=y).values()
        (onnx,) = session.run(["images"], {"measurements": y})
        np.testing.assert_allclose(lite, expected, atol=1e-4)
        np.testing.assert_allclose(onnx, expected, atol=1e-4)


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="tflite or onnx, not 'coreml'"):
        export_to(AMPNet(cs_ratio=1, stages=1), "coreml", tmp_path / "model")


def test_missing_converter_is_told(program, tmp_path):
    script, folder = tmp_path / "without.py", tmp_path / "out"
    script.write_text("import sys; sys.modules['tf2onnx'] = None; from amp_net import export; export.run()")
    done = program(script, "--preset=amp_net_cs25", "--format=onnx", f"--output_dir={folder}")
    assert done.returncode == 1
    assert "Error: ONNX needs tf2onnx" in done.stderr
    assert list(tmp_path.iterdir()) == [script]


@pytest.mark.parametrize("kind", RUNTIMES)
def test_the_command_writes_blocks_and_images(kind, command, tmp_path):
    folder = tmp_path / "tiny"
    AMPNet(cs_ratio=1, stages=1, channels=4).save_to_preset(folder)
    done = command("export", f"--preset={folder}", f"--format={kind}", "--output_dir=out")
    assert done.returncode == 0, done.stderr
    names = {"tflite": {"reconstruct.tflite"}, "onnx": {"reconstruct.onnx", "reconstruct_images.onnx"}}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names[kind]
    path = tmp_path / "out" / f"reconstruct.{kind}"
    assert RUNTIMES[kind](path, np.zeros((2, 10), "float32")).shape == (2, 33, 33, 1)


@pytest.mark.parametrize("kind", RUNTIMES)
def test_a_file_that_is_not_ours_is_not_replaced(kind, tmp_path):
    path = tmp_path / f"model.{kind}"
    path.write_bytes(b"years of work")
    with pytest.raises(ValueError, match="is there, and was not written by amp_net"):
        export_to(None, kind, path)
    assert path.read_bytes() == b"years of work"
