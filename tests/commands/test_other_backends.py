import numpy as np
import pytest

from amp_net import AMPNet, images, reconstruct_image, sense_image
from amp_net.photographs import image_sets
from tests.backends.under_backend import run_under
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    AMPNet(cs_ratio=25, stages=1, channels=4).save_to_preset(folder)
    return folder


@pytest.fixture
def command_without_tensorflow(tmp_path):
    """Runs `python -m amp_net.NAME FLAG…` under a backend, where TensorFlow cannot be imported."""
    for name in ("tensorflow", "tensorflow_datasets"):
        (tmp_path / "without" / name).mkdir(parents=True)
        absent = f"raise ModuleNotFoundError('No module named {name}', name='{name}')"
        (tmp_path / "without" / name / "__init__.py").write_text(absent)

    def run(backend, name, *arguments):
        hidden = {"PYTHONPATH": f"{tmp_path / 'without'}:{ROOT}"}
        return run_under(backend, f"amp_net.{name}", *arguments, cwd=tmp_path, **hidden)

    return run


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_commands_work_without_tensorflow(backend, preset, data_dir, command_without_tensorflow, tmp_path):
    camera = dict(image_sets.load("samples"))["camera"][100:166, 180:246]
    images.write(tmp_path / "camera.png", camera)
    tiny = ("--stages=1", "--cs_ratio=1", "--blocks=200", "--steps=2", "--start=orthonormal")
    for name, *arguments in (
        ("sense", f"--preset={preset}", "--output_dir=y", "camera.png"),
        ("reconstruct", f"--preset={preset}", "--output_dir=out", "y"),
        ("train", "--output_dir=run", "--data=t91", f"--data_dir={data_dir}", "--validate_every=2", *tiny),
        ("evaluate", "--preset=run/best", "--dataset=set11", f"--data_dir={data_dir}"),
    ):
        done = command_without_tensorflow(backend, name, *arguments)
        assert done.returncode == 0, done.stderr
    assert done.stdout.count("set11") == 12
    rebuilt = images.read(tmp_path / "out" / "camera.png")
    model = AMPNet.from_preset(preset)
    expected = reconstruct_image(sense_image(camera, model), model)
    assert np.abs(rebuilt.astype(int) - expected).max() <= 1


def test_what_needs_tensorflow_says_so(preset, command_without_tensorflow):
    for name, *arguments in (
        ("export", f"--preset={preset}", "--output_dir=x"),
        ("train", "--output_dir=run", "--strategy=mirrored"),
    ):
        done = command_without_tensorflow("jax", name, *arguments)
        assert done.returncode == 1
        assert "needs TensorFlow, but KERAS_BACKEND is jax; unset that variable." in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("numpy", "Error: KERAS_BACKEND is 'numpy'; it is one of tensorflow, jax, torch."),
        ("tensorflow", "Error: tensorflow is not installed; install it, or set KERAS_BACKEND to one of"),
    ],
)
def test_a_backend_that_cannot_be_had_is_told(backend, message, preset, command_without_tensorflow, tmp_path):
    images.write(tmp_path / "camera.png", np.zeros((33, 33), "uint8"))
    done = command_without_tensorflow(backend, "sense", f"--preset={preset}", "--output_dir=y", "camera.png")
    assert done.returncode == 1
    assert message in done.stderr
