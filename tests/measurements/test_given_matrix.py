import numpy as np
import pytest
import scipy.io
import scipy.sparse

from amp_net import AMPNet
from amp_net.measurements import camera_data
from amp_net.measurements.given_matrix import fields_for, given_matrix
from amp_net.models import presets
from amp_net.training.config import TrainingConfig
from amp_net.training.run import train


@pytest.fixture
def patterns(rng):
    """What a single-pixel camera shows: zeros and ones."""
    return rng.integers(0, 2, (20, 81)).astype("float32")


def test_a_scaled_matrix_is_the_same_network(patterns, rng):
    """With a gain the network works on a matrix of norm near 1, and its user sees the camera's."""
    fields = fields_for(patterns)
    model = AMPNet(**fields, stages=2, channels=4)
    model.set_sensing_matrix(patterns)
    np.testing.assert_array_equal(model.sensing.matrix, patterns)
    assert 0.5 <= np.linalg.norm(np.asarray(model.sensing.kernel), 2) <= 1
    blocks = rng.random((5, 9, 9, 1)).astype("float32")
    y = np.asarray(model.sense(blocks))
    np.testing.assert_allclose(y, blocks.reshape(5, -1) @ patterns.T, rtol=1e-4)
    np.testing.assert_allclose(model.reconstruct(y), model(blocks), atol=1e-5)
    plain = AMPNet(**{**fields, "sensing_gain": 1.0}, stages=2, channels=4)
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(plain(blocks), model(blocks), atol=1e-6)


def test_training_keeps_the_matrix(command, patterns, rng, tmp_path):
    np.save(tmp_path / "phi.npy", patterns)
    done = command(
        "train",
        *("--output_dir=run", "--phi=phi.npy", "--data=samples", "--stages=1", "--steps=4"),
        *("--validate_every=2", "--batch_size=4"),
    )
    assert done.returncode == 0, done.stderr
    model = AMPNet.from_preset(tmp_path / "run" / "best")
    np.testing.assert_array_equal(model.sensing.matrix, patterns)
    assert presets.load_metadata(tmp_path / "run" / "best")["training"]["phi"] == "phi.npy"
    assert model.block_size == 9


def test_rows_are_made_orthonormal_on_request(patterns, tmp_path):
    np.save(tmp_path / "phi.npy", patterns)
    rows = given_matrix(tmp_path / "phi.npy", orthonormalize=True)
    np.testing.assert_allclose(rows @ rows.T, np.eye(20), atol=1e-5)
    np.testing.assert_allclose(patterns @ rows.T @ rows, patterns, atol=1e-4)
    assert fields_for(rows)["sensing_gain"] == 1


def test_reads_matlab_files(patterns, tmp_path):
    scipy.io.savemat(tmp_path / "phi.mat", {"Phi": patterns})
    np.testing.assert_array_equal(given_matrix(tmp_path / "phi.mat"), patterns)
    scipy.io.savemat(tmp_path / "phi.mat", {"Phi": patterns, "y": 1})
    with pytest.raises(ValueError, match="holds Phi, y; say which"):
        given_matrix(tmp_path / "phi.mat")
    np.testing.assert_array_equal(camera_data.read_array(tmp_path / "phi.mat", "Phi"), patterns)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((3, 80)), r"shape \(3, 80\)"),
        (np.ones(81), r"shape \(81,\)"),
        (np.ones((90, 81)), "90 measurements of 81 pixels"),
        (np.full((3, 81), np.nan), "NaN"),
        (np.full((3, 81), 1e300), "too large"),
        (np.zeros((3, 81)), "all zeros"),
        (np.ones((3, 81)), "not independent"),
        (np.array([["a"]]), "real numbers"),
        (np.array([[print]], dtype=object), "damaged"),
    ],
)
def test_what_is_no_matrix_is_refused(matrix, message, tmp_path):
    np.save(tmp_path / "phi.npy", matrix)
    with pytest.raises(ValueError, match=message):
        given_matrix(tmp_path / "phi.npy", orthonormalize=True)


def test_files_of_another_kind_are_refused(tmp_path):
    for name, message in (("phi.tex", "does not end in"), ("phi.mat", "damaged"), ("phi.npy", "damaged")):
        (tmp_path / name).write_bytes(b"1,2,3")
        with pytest.raises(ValueError, match=message):
            camera_data.read_array(tmp_path / name)
    with pytest.raises(ValueError, match="cannot be read"):
        camera_data.read_array(tmp_path / "no.npy")


@pytest.mark.parametrize("length", [0, 50, 127, 200, 300])
def test_a_damaged_matlab_file_is_refused(length, patterns, tmp_path):
    path = tmp_path / "phi.mat"
    scipy.io.savemat(path, {"Phi": patterns})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"damaged, or no MATLAB file"):
        camera_data.read_array(path)


def test_a_matlab_file_that_crashes_its_reader_is_refused(patterns, tmp_path):
    """One changed byte of a type makes SciPy read past the end of its buffer."""
    path = tmp_path / "phi.mat"
    scipy.io.savemat(path, {"Phi": patterns})
    content = bytearray(path.read_bytes())
    for position in range(128, 200):
        content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"phi\.mat"):
        camera_data.read_array(path)


def test_sparse_matrices_of_matlab_are_read(patterns, tmp_path):
    scipy.io.savemat(tmp_path / "phi.mat", {"Phi": scipy.sparse.csc_matrix(patterns)})
    np.testing.assert_array_equal(given_matrix(tmp_path / "phi.mat"), patterns)


def test_another_matrix_under_the_same_name_is_noticed(patterns, tmp_path):
    path = tmp_path / "phi.npy"
    np.save(path, patterns)
    config = TrainingConfig(
        model={**fields_for(patterns), "stages": 1, "channels": 4},
        phi=str(path),
        data="samples",
        blocks=60,
        steps=2,
        batch_size=4,
        validate_every=2,
        held_out=1,
    )
    train(config, tmp_path / "run", verbose=0)
    train(config, tmp_path / "run", verbose=0)
    np.testing.assert_array_equal(np.load(tmp_path / "run" / "phi.npy"), patterns)
    np.save(path, patterns[::-1])
    with pytest.raises(ValueError, match="another phi_sha256"):
        train(config, tmp_path / "run", verbose=0)
