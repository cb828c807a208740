import sys
import time
from unittest.mock import Mock

import numpy as np
import pytest
import scipy.io

from amp_net import images, reconstruct_image
from amp_net.classical.at_operator import Classical
from amp_net.measurements import Measurements, camera_data, measurement_files, number_files, read_mat
from amp_net.measurements.given_matrix import fields_for, given_matrix
from amp_net.models.amp_net import AMPNet
from tests.hostile.seeds import CONFIG

PIXELS = {"height": 3, "width": 3, "block_size": 4, "preset": "", "phi_sha256": "0" * 64}


@pytest.mark.parametrize("name", ["scipy", "numpy", "math"])
def test_no_module_of_the_working_folder_is_run(name, tmp_path, monkeypatch):
    scipy.io.savemat(tmp_path / "y.mat", {"y": np.eye(3)})
    (tmp_path / f"{name}.py").write_text("open('ran', 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    np.testing.assert_array_equal(camera_data.read_array("y.mat"), np.eye(3))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("arguments", [("sense", "--help"), ("reconstruct", "--output_dir=out", "y.npz")])
def test_no_module_of_the_folder_that_a_command_is_started_in_is_run(arguments, command, tmp_path):
    for name in ("scipy", "absl", "pathlib", "cv2"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')\n")
    (tmp_path / "y.npz").write_bytes(b"")
    done = command(*arguments)
    assert "output_dir" in done.stdout or "no measurement file" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_matlab_file_that_takes_too_long_is_refused(tmp_path, monkeypatch):
    scipy.io.savemat(tmp_path / "y.mat", {"y": np.eye(3)})
    (tmp_path / "slow.py").write_text("import time; time.sleep(60)\n")
    monkeypatch.setattr(number_files, "SECONDS", 1)
    monkeypatch.setattr(read_mat, "__file__", str(tmp_path / "slow.py"))
    started = time.monotonic()
    with pytest.raises(ValueError, match=r"y\.mat takes more than 1 seconds to read"):
        camera_data.read_array(tmp_path / "y.mat")
    assert time.monotonic() - started < 50


def written(path, **entries):
    """A measurement file with some entries replaced and a digest that fits."""
    whole = {"version": 1, "dtype": "uint8", "y": np.zeros((1, 1, 1, 2), "float32"), **PIXELS, **entries}
    whole = {name: np.asarray(value) for name, value in whole.items()}
    np.savez(path, **whole, content_sha256=measurement_files._digest(whole))
    return path


@pytest.mark.parametrize("value", [np.nan, 5, -3])
def test_an_alpha_channel_outside_of_its_range_is_refused(value, tmp_path):
    alpha = np.full((3, 3), value, "float32")
    y = np.zeros((1, 1, 3, 2), "float32")
    with pytest.raises(ValueError, match="alpha channel holds numbers outside"):
        Measurements(y=y, alpha=alpha, dtype="float32", **PIXELS)
    with pytest.raises(ValueError, match=r"y\.npz is refused: The alpha channel"):
        measurement_files.load(written(tmp_path / "y.npz", y=y, alpha=alpha, dtype="float32"))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"y": np.zeros((1, 1, 1, 2), "float32")}, "y is float32; it must be uint8 or uint16"),
        ({"y": np.zeros((1, 1, 1, 2), "complex64")}, "y is complex64"),
        ({"y": np.full((1, 1, 1, 2), "7")}, "y is <U1"),
        ({"step": np.ones(2)}, "step and low are not float32"),
        ({"step": np.ones((9, 2), "float32")}, r"step has shape \(9, 2\)"),
        ({"low": np.full(2, np.nan, "float32")}, "NaN or infinity"),
        ({"height": 3.0}, "height is not a whole number"),
        ({"height": 2**30}, "is not rebuilt"),
        ({"block_size": 10**6}, "up to 256 a side"),
        ({"preset": "x" * 100_000}, "preset is not a text"),
        ({"dtype": "line\nbreak"}, r"line\\nbreak"),
    ],
)
def test_a_digest_that_fits_makes_no_measurements(entries, message, tmp_path):
    quantized = {
        "y": np.zeros((1, 1, 1, 2), "uint8"),
        **dict.fromkeys(("step", "low"), np.ones(2, "float32")),
    }
    measurement_files.load(written(tmp_path / "y.npz", **quantized))
    with pytest.raises(ValueError, match=message):
        measurement_files.load(written(tmp_path / "y.npz", **{**quantized, **entries}))


def test_the_limit_of_pixels_is_the_users(tmp_path):
    path = written(tmp_path / "y.npz")
    assert measurement_files.load(path, max_pixels=9).height == 3
    with pytest.raises(ValueError, match="8 at most"):
        measurement_files.load(path, max_pixels=8)


@pytest.mark.parametrize("scale", [1e-45, 1e38])
def test_a_matrix_that_leaves_float32_is_refused(scale, tmp_path, rng):
    np.save(tmp_path / "phi.npy", (scale * rng.integers(0, 2, (4, 16))).astype("float32"))
    with pytest.raises(ValueError, match="largest entry of the sensing matrix is"):
        given_matrix(tmp_path / "phi.npy")


@pytest.mark.parametrize("scale", [2e-12, 1e12])
def test_a_matrix_at_the_limit_gives_finite_images(scale, rng):
    matrix = (scale * rng.uniform(0.5, 1, (4, 16))).astype("float32")
    matrix[0, 0] = scale
    classical = Classical.of_matrix(matrix)
    blocks = rng.random((2, 4, 4, 1), "float32")
    assert np.isfinite(classical(blocks)).all()
    assert np.isfinite(fields_for(matrix)["sensing_gain"])


def test_texts_of_files_are_told_so_that_no_terminal_obeys(tmp_path, monkeypatch):
    scipy.io.savemat(tmp_path / "a.mat", {"a\x1b[2J": np.eye(2), "b": np.eye(2)})
    monkeypatch.setattr("PIL.Image.open", Mock(side_effect=SyntaxError("\x1b[2J")))
    y = np.zeros((1, 1, 1, 16), "float32")
    measured = Measurements(y, 8, 8, "uint8", 8, "\x1b[2J", "0" * 64)
    model = AMPNet(**CONFIG)
    for read in (
        lambda: camera_data.read_array(tmp_path / "a.mat"),
        lambda: images.decode_unchanged(b"a", "a"),
        lambda: reconstruct_image(measured, model),
    ):
        with pytest.raises(ValueError, match=r"\\x1b\[2J") as refused:
            read()
        assert str(refused.value).isprintable()
