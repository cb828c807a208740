import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from amp_net import AMPNet
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.tensorflow.exchange_formats import export_to
from amp_net.tensorflow.saved_model import export_saved_model
from tests.conftest import randomize

ALONE = """
import sys
import numpy as np
import tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
call = loaded.signatures
blocks = tf.constant(np.load(sys.argv[2]))
def only(outputs):
    (value,) = outputs.values()
    return value
y = only(call["sense"](blocks))
np.savez(
    sys.argv[3],
    whole=only(call["serving_default"](blocks)),
    measurements=y,
    restored=only(call["reconstruct"](y)),
    one=only(call["serving_default"](blocks[:1])),
    images=only(call["reconstruct_images"](tf.reshape(y[:4], (2, 1, 2, -1)))),
)
assert "amp_net" not in sys.modules
"""


def test_saved_model_gives_the_same_numbers_without_this_package(blocks, tmp_path):
    model = AMPNet(cs_ratio=10, stages=2, spatial_attention=True, initialization_attention=True)
    export_saved_model(model, tmp_path / "exported")
    np.save(tmp_path / "blocks.npy", blocks[:5])
    paths = [tmp_path / name for name in ("exported", "blocks.npy", "out.npz")]
    command = [sys.executable, "-c", ALONE, *map(str, paths)]
    done = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True)
    assert "custom gradients" not in done.stderr
    out = np.load(tmp_path / "out.npz")
    np.testing.assert_allclose(out["whole"], model(blocks[:5]), atol=1e-5)
    np.testing.assert_allclose(out["measurements"], model.sense(blocks[:5]), atol=1e-5)
    np.testing.assert_allclose(out["restored"], out["whole"], atol=1e-5)
    np.testing.assert_allclose(out["one"], out["whole"][:1], atol=1e-5)
    images = model.reconstruct(out["measurements"][:4].reshape(2, 1, 2, -1))
    np.testing.assert_allclose(out["images"], images, atol=1e-5)


def test_a_saved_model_computes_in_bfloat16_on_request(blocks, tmp_path):
    model = AMPNet(cs_ratio=10, stages=2, channels=8)
    export_saved_model(model, tmp_path / "exported", "bfloat16")
    served = tf.saved_model.load(str(tmp_path / "exported"))
    found = served.serving_default(blocks)
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, model.optimized("bfloat16")(blocks), atol=1e-6)
    assert np.abs(found - model(blocks)).max() > 1e-5


def test_the_network_for_all_ratios_is_exported_at_one_of_them(tmp_path, rng):
    at = AnyRatioAMPNet(stages=2, channels=8, blocks=1, measurements=40, block_size=9).at(30)
    for stage in at.network.stages:
        randomize(stage, rng, 0.1)
    export_saved_model(at, tmp_path / "exported")
    export_to(at, "tflite", tmp_path / "model.tflite")
    served = tf.saved_model.load(str(tmp_path / "exported")).signatures["reconstruct_images"]
    runner = Interpreter(str(tmp_path / "model.tflite")).get_signature_runner("reconstruct_images")
    for grid in ((3, 2), (2, 5)):
        y = rng.random((1, *grid, 24)).astype("float32")
        expected = at.reconstruct(y)
        for (found,) in (served(tf.constant(y)).values(), runner(measurements=y).values()):
            np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="other files"):
        export_saved_model(AMPNet(stages=1, channels=4), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_saved_model_that_is_not_ours_is_not_replaced(tmp_path):
    tf.saved_model.save(tf.Module(), tmp_path / "theirs")
    before = (tmp_path / "theirs" / "saved_model.pb").read_bytes()
    with pytest.raises(ValueError, match=r"saved_model\.pb is there, and was not written by amp_net"):
        export_saved_model(AMPNet(stages=1, channels=2), tmp_path / "theirs")
    assert (tmp_path / "theirs" / "saved_model.pb").read_bytes() == before
