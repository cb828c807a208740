import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import scipy.io

from amp_net import AMPNet, image_sets, images, metrics
from amp_net.principal_components import principal_components
from amp_net.training_data import crop_blocks
from tests.test_commands import assert_one_sentence


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """A network that is linear, from the principal components of photographs."""
    folder = tmp_path_factory.mktemp("presets") / "mine"
    model = AMPNet(cs_ratio=25, stages=1, channels=4)
    photographs = [image for _, image in image_sets.load("samples")]
    model.set_sensing_matrix(principal_components(crop_blocks(photographs, 400, seed=1), 272))
    model.stages[0].cnn.last.kernel.assign(np.zeros((3, 3, 4, 1)))
    model.save_to_preset(folder)
    return folder


@pytest.fixture
def photographs(tmp_path):
    camera = dict(image_sets.load("samples"))["camera"][:100, :80]
    colour = np.dstack([camera, camera[::-1], camera.T[:80, :80].repeat(2, 0)[:100]])
    kinds = {
        "grey.png": camera,
        "sub/colour.jpg": colour,
        "deep.tiff": camera.astype("uint16") * 257,
        "alpha.png": np.dstack([colour, camera]),
    }
    for name, image in kinds.items():
        images.write(tmp_path / "in" / name, image)
    return kinds


def test_folders_go_through_and_come_back(command, preset, photographs, tmp_path):
    (tmp_path / "in" / "broken.png").write_bytes((tmp_path / "in" / "grey.png").read_bytes()[:900])
    done = command("sense", f"--preset={preset}", "--output_dir=y", "in")
    assert done.returncode == 1
    assert done.stderr.count("broken.png") == 1
    assert "Error: 1 of 5 files failed" in done.stderr
    assert f"of the image's {photographs['grey.png'].nbytes}" in done.stdout
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "y")
    assert done.returncode == 0, done.stderr
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert written == {"grey.png", "sub/colour.jpg.png", "deep.tiff", "alpha.png"}
    for name, image in photographs.items():
        found = images.read_unchanged(tmp_path / "out" / (name if name in written else f"{name}.png"))
        assert (found.shape, found.dtype) == (image.shape, image.dtype)
        peak = np.iinfo(image.dtype).max
        assert metrics.psnr(found / peak, image / peak) > 20

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "y")
    assert "4 of 4 were there already" in done.stdout
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "--overwrite", "y")
    assert done.returncode == 0, done.stderr
    assert all(path.stat().st_mtime_ns > then for path, then in before.items())


def test_what_cannot_be_rebuilt_is_refused(command, preset, photographs, tmp_path):
    command("sense", f"--preset={preset}", "--output_dir=y", "in/grey.png")
    whole = (tmp_path / "y" / "grey.png.npz").read_bytes()
    (tmp_path / "y" / "cut.npz").write_bytes(whole[:-100])
    other = tmp_path / "other"
    AMPNet(cs_ratio=25, stages=1, channels=4).save_to_preset(other)
    done = command("reconstruct", f"--preset={other}", "--output_dir=out", "y")
    assert done.returncode == 1
    assert "2 of 2 files failed" in done.stderr
    assert "another sensing matrix" in done.stderr
    assert "cut.npz is no measurement file, or a damaged one" in done.stderr
    assert not list((tmp_path / "out").iterdir())
    # The preset that the file names was never installed.
    done = command("reconstruct", "--output_dir=out", "y/grey.png.npz")
    assert "There is no preset 'mine'" in done.stderr


def test_a_cameras_own_data(command, preset, photographs, tmp_path, rng):
    """From Φ and y alone, as .npy and as .mat, by the network and by the classical iteration."""
    camera = photographs["grey.png"][:99, :66]
    model = AMPNet.from_preset(preset)
    from amp_net import blocks

    unit = images.to_unit(camera)
    y = np.asarray(model.sense(blocks.split(unit)))
    np.save(tmp_path / "y.npy", y)
    scipy.io.savemat(tmp_path / "scene.mat", {"y": y.reshape(3, 2, -1), "other": 1})
    arguments = (f"--preset={preset}", "--output_dir=out", "--mat_variable=y")
    done = command("reconstruct", *arguments, "--grid=3,2", "y.npy", "scene.mat")
    assert done.returncode == 0, done.stderr
    expected = images.to_uint8(blocks.merge(model.reconstruct(y), camera.shape))
    for name in ("y.png", "scene.png"):
        np.testing.assert_array_equal(images.read(tmp_path / "out" / name), expected)

    phi = rng.integers(0, 2, (272, 1089)).astype("float32")
    np.save(tmp_path / "phi.npy", phi)
    np.save(tmp_path / "y.npy", blocks.split(unit).reshape(6, -1) @ phi.T)
    arguments = ("--method=amp", "--phi=phi.npy", "--grid=3,2", "--image_size=90,60")
    done = command("reconstruct", *arguments, "--output_dir=classical", "y.npy")
    assert done.returncode == 0, done.stderr
    found = images.read(tmp_path / "classical" / "y.png")
    assert found.shape == (90, 60)
    assert metrics.psnr(found / 255, camera[:90, :60] / 255) > 15


def test_stopping_leaves_no_half_file(preset, photographs, tmp_path, command_environment):
    images.write(tmp_path / "many" / "0.png", np.zeros((1500, 1500), "uint8"))
    for i in range(1, 12):
        (tmp_path / "many" / f"{i}.png").write_bytes((tmp_path / "many" / "0.png").read_bytes())
    arguments = [sys.executable, "-m", "amp_net.sense", f"--preset={preset}", "--output_dir=y", "many"]
    process = subprocess.Popen(
        arguments,
        cwd=tmp_path,
        env=command_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not list(tmp_path.glob("y/*")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Stopped." in errors
    assert "Traceback" not in errors
    for path in (tmp_path / "y").iterdir():
        assert path.suffix == ".npz"
        assert not path.name.startswith(".")
        np.load(path)["y"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("sense", ["--output_dir=y"], "There is no file that ends in"),
        ("sense", ["--output_dir=y", "nothing.png"], "nothing.png does not exist"),
        ("sense", ["--output_dir=y", "--bits=3", "in"], "4 to 16 bits, not 3"),
        ("sense", ["--output_dir=y", "--noise_std=-1", "in"], "The noise is -1"),
        ("reconstruct", ["--output_dir=out", "--phi=phi.npy", "in"], "--phi needs --method=amp"),
        ("reconstruct", ["--output_dir=out", "--grid=3", "in"], "--grid is 3; it takes two positive numbers"),
        ("reconstruct", ["--output_dir=out", "--method=amp", "--phi=no.npy", "in"], "no.npy cannot be read"),
    ],
)
def test_a_mistake_ends_in_one_sentence(name, arguments, message, command, photographs, tmp_path):
    done = command(name, *arguments)
    assert message in assert_one_sentence(done)
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
