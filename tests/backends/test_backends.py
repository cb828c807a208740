"""The same networks under TensorFlow, JAX and PyTorch, each in a process of its own, see `under_backend`."""

import json

import keras
import numpy as np
import pytest

from amp_net import AMPNet
from tests.backends.backend_process import CASES, DTYPES, PRESET
from tests.backends.under_backend import run_under
from tests.make_golden import GOLDEN

BACKENDS = ("tensorflow", "jax", "torch")
OTHERS = BACKENDS[1:]
TOLERANCES = {"amp": 1e-5, "ampa": 1e-5, "batch": 5e-3}
"""Of the largest entry of a tensor. Under JAX, Keras has variances as a difference of large numbers."""


@pytest.fixture(scope="module")
def given(tmp_path_factory, blocks):
    """Weights for every case, such that no term is hidden by a 0 or a 1, and blocks."""
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(5)
    content = {"blocks": blocks[:16], "noise": rng.random((16, 33, 33, 1), "float32")}
    for case, fields in CASES.items():
        for number, weight in enumerate(AMPNet(**fields).weights):
            more = rng.normal(0, 0.01 if len(weight.shape) == 2 else 0.03, weight.shape)
            more = np.abs(more) if "variance" in weight.path else more
            content[f"{case}/{number}"] = np.asarray(weight) + more.astype("float32")
    path = tmp_path_factory.mktemp("backends") / "given.npz"
    np.savez(path, **content)
    return path


@pytest.fixture(scope="module")
def found(given):
    """What a backend makes of it, computed once."""
    results = {}

    def of(backend):
        if backend not in results:
            path = given.with_name(f"{backend}.npz")
            done = run_under(backend, "tests.backends.backend_process", given, path)
            assert done.returncode == 0, done.stderr
            results[backend] = dict(np.load(path))
        return results[backend]

    return of


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize(("kind", "least"), [("logs", 4), ("gradients", 27), ("weights", 27)])
@pytest.mark.parametrize("case", CASES)
def test_losses_gradients_and_a_step_of_muon_are_those_of_tensorflow(case, kind, least, backend, found):
    expected, other = (
        {name: value for name, value in found(each).items() if name.startswith(f"{case}/{kind}/")}
        for each in ("tensorflow", backend)
    )
    assert len(expected) >= least
    assert list(other) == list(expected)
    for name, value in expected.items():
        scale = np.abs(value).max()
        assert scale > 0, name
        difference = np.abs(other[name] - value).max() / scale
        assert difference < TOLERANCES[case], f"{name}: {difference}"


@pytest.mark.parametrize("backend", OTHERS)
def test_a_training_has_the_history_of_tensorflow_to_five_digits(backend, found):
    expected, other = (json.loads(str(found(each)["trained"])) for each in ("tensorflow", backend))
    assert set(other) == set(expected)
    assert len(expected["val_psnr"]) == 3
    assert abs(expected["loss"][2] - expected["loss"][0]) > 0.01 * expected["loss"][0]
    for name, values in expected.items():
        assert other[name] == pytest.approx(values, rel=1e-5), name


@pytest.mark.parametrize("backend", OTHERS)
def test_the_network_is_imported_without_tensorflow(backend, found):
    assert str(found(backend)["backend"]) == backend
    assert not found(backend)["tensorflow_imported"]
    assert found("tensorflow")["tensorflow_imported"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_preset_gives_its_golden_values(backend, found):
    golden = json.loads(GOLDEN.read_text())[PRESET]
    restored = found(backend)["preset"]
    np.testing.assert_allclose(restored[:, ::8, ::8, 0], golden, atol=2e-5)
    for dtype, tolerance in zip(DTYPES, (1e-5, 0.01, 0.001), strict=True):
        optimized = found(backend)[f"optimized/{dtype}"]
        np.testing.assert_allclose(optimized, restored, atol=tolerance)
        assert np.any(np.abs(optimized - restored) > 1e-5) == (dtype != "float32")


@pytest.mark.parametrize("backend", BACKENDS)
def test_images_are_rebuilt_and_tensors_are_the_backends_own(backend, found):
    image, rebuilt = found(backend)["image"].astype(float), found(backend)["rebuilt"]
    assert rebuilt.dtype == np.uint8
    assert np.abs(rebuilt - image).mean() < 3
    assert str(found(backend)["tensor"]) == {"jax": "jaxlib"}.get(backend, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_no_block_is_refused(backend, found):
    assert "hold NaN or infinity" in str(found(backend)["refused/nan"])
    assert "are uint8; they must be floating-point" in str(found(backend)["refused/uint8"])
    assert "reach from 255 to 255; they must be in [0, 1]" in str(found(backend)["refused/255"])
    for method in ("fit", "evaluate"):
        assert "be in [0, 1], so divide 8-bit pixels by 255" in str(found(backend)[f"refused/255/{method}"])
    assert found(backend)["untouched"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_keras_cannot_do_is_refused(backend, found):
    assert "cannot quantise this model to 'int8'" in str(found(backend)["refused/quantize"])
    assert "cannot load this model from model.h5" in str(found(backend)["refused/h5"])


def test_a_program_of_pytorch_rebuilds_any_batch(found):
    np.testing.assert_allclose(found("torch")["exported"], found("torch")["called"], atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_keras_own_methods_work(backend, found, blocks):
    history, evaluated = (json.loads(str(found(backend)[name])) for name in ("history", "evaluated"))
    names = ("loss", "reconstruction_loss", "symmetry_loss", "psnr", "mae")
    assert set(history) == {f"{prefix}{name}" for prefix in ("", "val_") for name in names}
    assert history["val_psnr"][-1] > history["val_psnr"][0]
    for name in names:
        assert evaluated[name] == pytest.approx(history[f"val_{name}"][-1], rel=1e-4)
    total = evaluated["reconstruction_loss"] + 0.01 * evaluated["symmetry_loss"]
    assert evaluated["loss"] == pytest.approx(total, rel=1e-5)
    assert evaluated["symmetry_loss"] > 0
    called = found(backend)["called"]
    error = np.mean((np.clip(called, 0, 1) - blocks[:16]) ** 2)
    assert evaluated["psnr"] == pytest.approx(-10 * np.log10(error), rel=1e-4)
    assert evaluated["mae"] == pytest.approx(np.mean(np.abs(called - blocks[:16])), rel=1e-4)
    for name in ("predicted", "loaded"):
        np.testing.assert_allclose(found(backend)[name], called, atol=1e-5)
    assert found(backend)["loaded_iterations"] == 6


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_network_for_all_ratios_is_trained_with_images_alone(backend, found):
    values = {name[10:]: value for name, value in found(backend).items() if name.startswith("any_ratio/")}
    assert set(np.abs(values["phi"]).ravel()) == {np.float32(1 / 9)}
    np.testing.assert_array_equal(values["phi"], found("tensorflow")["any_ratio/phi"])
    evaluated, history = (json.loads(str(values[name])) for name in ("evaluated", "history"))
    assert set(history) == {"loss", "psnr", "val_loss", "val_psnr"}
    assert evaluated == pytest.approx(json.loads(str(found("tensorflow")["any_ratio/evaluated"])), rel=1e-4)
    assert history["val_loss"][-1] < evaluated["loss"] - 1
    assert history["val_psnr"][-1] > evaluated["psnr"] + 3
    assert not np.array_equal(*values["drawn"])
    for method in ("fit", "evaluate"):
        assert "be in [0, 1], so divide 8-bit pixels by 255" in str(values[f"refused/{method}"])
