import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import scipy.io

from amp_net import AMPNet, images, reconstruct_image, sense_image
from amp_net.images import blocks, quality
from amp_net.measurements import measurement_files
from amp_net.photographs import image_sets
from amp_net.training.data.crops import crop_blocks
from amp_net.training.data.principal_components import principal_components
from tests.commands.test_commands import assert_one_sentence


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
    camera = dict(image_sets.load("samples"))["camera"][100:200, 180:260]
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
    # y in 32 bits is more than pixels in 8 where a fourth of them is measured.
    assert done.stdout.count("--bits=8") == 1
    assert re.fullmatch(r"4 files written in [\d.]+ s, in y\.", done.stdout.splitlines()[-1])
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "y")
    assert done.returncode == 0, done.stderr
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert written == {"grey.png", "sub/colour.jpg.png", "deep.tiff", "alpha.png"}
    for name, image in photographs.items():
        found = images.read_unchanged(tmp_path / "out" / (name if name in written else f"{name}.png"))
        assert (found.shape, found.dtype) == (image.shape, image.dtype)
        peak = np.iinfo(image.dtype).max
        flat = quality.psnr(np.full(image.shape, image.mean() / peak), image / peak)
        assert quality.psnr(found / peak, image / peak) > max(20, flat + 5)

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "y")
    assert "4 of 4 were there already" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("0 files written in ")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    done = command(
        "reconstruct", f"--preset={preset}", "--output_dir=out", "--overwrite", "-q", "y/grey.png.npz"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    changed = [path.name for path, then in before.items() if path.stat().st_mtime_ns > then]
    assert changed == ["grey.png"]


def test_feature_maps_are_bfloat16_on_request(command, photographs, tmp_path):
    model = AMPNet(cs_ratio=10, stages=3, channels=8)
    model.save_to_preset(tmp_path / "preset")
    model = AMPNet.from_preset(tmp_path / "preset")
    done = command("sense", "--preset=preset", "--output_dir=y", "in/grey.png")
    done = command("reconstruct", "--dtype=bfloat16", "--preset=preset", "--output_dir=out", "y")
    assert done.returncode == 0, done.stderr
    measurements = sense_image(photographs["grey.png"], model)
    found = images.read_unchanged(tmp_path / "out" / "grey.png")
    np.testing.assert_array_equal(found, reconstruct_image(measurements, model.optimized("bfloat16")))
    assert np.any(found != reconstruct_image(measurements, model.optimized()))


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
    # Without --preset it is the one that the file names, and never a path.
    done = command("reconstruct", "--output_dir=out", "y/grey.png.npz")
    assert f"There is no preset '{preset}' in this package" in done.stderr
    command("sense", "--preset=other", "--output_dir=y2", "in/grey.png")
    shutil.rmtree(other)
    done = command("reconstruct", "--output_dir=out2", "y2")
    assert "There is no preset 'other'" in done.stderr


def test_a_cameras_own_data(command, preset, photographs, tmp_path, rng):
    """From Φ and y alone, as .npy and as .mat, by the network and by the classical iteration."""
    camera = photographs["grey.png"][:99, :66]
    model = AMPNet.from_preset(preset)
    unit = images.to_unit(camera)
    y = np.asarray(model.sense(blocks.split(unit)))
    np.save(tmp_path / "y.npy", 255 * y)
    scipy.io.savemat(tmp_path / "scene.mat", {"y": 255 * y.reshape(3, 2, -1), "other": 1})
    arguments = (f"--preset={preset}", "--mat_variable=y", "--scale=255", "--grid=3,2")
    done = command("reconstruct", *arguments, "--output_dir=out", "y.npy", "scene.mat")
    assert done.returncode == 0, done.stderr
    expected = images.from_unit(blocks.merge(model.reconstruct(y), camera.shape))
    for name in ("y.png", "scene.png"):
        found = images.read(tmp_path / "out" / name)
        assert np.abs(found.astype(int) - expected).max() <= 1

    phi = rng.integers(0, 2, (272, 1089)).astype("float32")
    y = blocks.split(unit).reshape(6, -1) @ phi.T
    scipy.io.savemat(tmp_path / "both.mat", {"Phi": phi, "y": y})
    arguments = ("--phi=both.mat", "--phi_variable=Phi", "--mat_variable=y", "--grid=3,2", "--depth=16")
    done = command(
        "reconstruct", "--method=amp", *arguments, "--image_size=90,60", "--output_dir=classical", "both.mat"
    )
    assert done.returncode == 0, done.stderr
    found = images.read_unchanged(tmp_path / "classical" / "both.png") / 65535
    linear = blocks.merge((y @ np.linalg.pinv(phi).T).reshape(6, 33, 33, 1), (90, 60))
    assert found.shape == (90, 60)
    assert quality.psnr(found, unit[:90, :60]) > quality.psnr(linear, unit[:90, :60]) + 2


def test_floats_become_16_bits(command, preset, photographs, tmp_path):
    unit = images.to_unit(photographs["grey.png"])
    model = AMPNet.from_preset(preset)
    measured = sense_image(unit, model, str(preset))
    measurement_files.save(tmp_path / "floats.npz", measured)
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "floats.npz")
    assert done.returncode == 0, done.stderr
    found = images.read_unchanged(tmp_path / "out" / "floats.png")
    np.testing.assert_allclose(found / 65535, reconstruct_image(measured, model), atol=1e-4)


def test_two_sources_of_one_target_are_refused(command, preset, tmp_path):
    for name in ("grey.npy", "grey.png.npz"):
        (tmp_path / name).write_bytes(b"")
    done = command("reconstruct", f"--preset={preset}", "--output_dir=out", "grey.npy", "grey.png.npz")
    assert "would both be written to out/grey.png" in assert_one_sentence(done)


def test_files_differ_in_their_noise(command, preset, photographs, tmp_path):
    (tmp_path / "in" / "again.png").write_bytes((tmp_path / "in" / "grey.png").read_bytes())
    for folder in ("a", "b"):
        arguments = (f"--preset={preset}", "--noise_std=0.1", f"--output_dir={folder}")
        command("sense", *arguments, "in/grey.png", "in/again.png")
    first, second = (
        measurement_files.load(tmp_path / "a" / f"{name}.png.npz").y for name in ("grey", "again")
    )
    assert np.abs(first - second).max() > 0.01
    again = measurement_files.load(tmp_path / "b" / "grey.png.npz").y
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_half_file(by, preset, photographs, tmp_path, command_environment):
    images.write(tmp_path / "many" / "0.png", np.zeros((1500, 1500), "uint8"))
    for i in range(1, 200):
        (tmp_path / "many" / f"{i}.png").hardlink_to(tmp_path / "many" / "0.png")
    arguments = [sys.executable, "-m", "amp_net.sense", f"--preset={preset}", "--output_dir=y", "many"]
    process = subprocess.Popen(
        arguments,
        cwd=tmp_path,
        env=command_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, they inherit that it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while process.poll() is None and not list(tmp_path.glob("y/*")):
        time.sleep(0.02)
    process.send_signal(by)
    try:
        _, errors = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        # Python drops an interruption that comes while it clears an object away.
        process.send_signal(by)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Stopped." in errors
    assert "Traceback" not in errors
    # TensorFlow's own lines.
    assert "oneDNN" not in errors
    made = list((tmp_path / "y").iterdir())
    assert len(made) < 200
    for path in made:
        assert path.suffix == ".npz"
        assert not path.name.startswith(".")
        np.load(path)["y"]


def test_a_reader_that_has_seen_enough_ends_it_in_silence(preset, photographs, tmp_path, command_environment):
    sense = f"{sys.executable} -m amp_net.sense --preset={preset} --output_dir=y in"
    done = subprocess.run(
        ["bash", "-c", f"{sense} | true; echo ${{PIPESTATUS[0]}}"],
        cwd=tmp_path,
        env=command_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1\n"
    for word in ("Error", "Traceback", "ignored"):
        assert word not in done.stderr


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("sense", ["--output_dir=y"], "There is no file that ends in"),
        ("sense", ["--output_dir=y", "nothing.png"], "nothing.png does not exist"),
        ("sense", ["--output_dir=y", "--bits=3", "in"], "4 to 16 bits, not 3"),
        ("sense", ["--output_dir=y", "--noise_std=-1", "in"], "The noise is -1"),
        (
            "reconstruct",
            ["--output_dir=out", "--phi=phi.npy", "in/grey.png"],
            "--phi is for a camera's measurements",
        ),
        ("reconstruct", ["--output_dir=out", "--method=amp", "--phi=a", "--preset=b", "in"], "not both"),
        ("train", ["--output_dir=run", "--orthonormalize"], "which is missing"),
        ("train", ["--output_dir=run", "--phi=phi.npy", "--cs_ratio=25"], "nothing for --cs_ratio"),
        ("reconstruct", ["--output_dir=out", "--grid=3", "in"], "--grid is 3; it takes two positive numbers"),
        ("reconstruct", ["--output_dir=out", "--phi_variable=A", "in"], "--phi, which is missing"),
        ("reconstruct", ["--output_dir=out", "--depth=16", "in/grey.png"], "--depth is for a camera's"),
        (
            "reconstruct",
            ["--output_dir=out", "--method=amp", "--phi=no.npy", "in/grey.png"],
            "There is no Φ no.npy",
        ),
    ],
)
def test_a_mistake_ends_in_one_sentence(name, arguments, message, command, photographs, tmp_path):
    done = command(name, *arguments)
    assert message in assert_one_sentence(done)
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
