import io
import zipfile

import numpy as np
import pytest

from amp_net import AMPNet, images, reconstruct_image, sense_image
from amp_net.measurements import measurement_files
from tests.conftest import outcome
from tests.hostile.altered_inputs import mutated

MUTATIONS = 1200


@pytest.fixture(scope="module")
def model():
    return AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(1).integers(0, 256, (20, 19, 4)).astype("uint8")


@pytest.mark.parametrize("bits", [None, 6])
def test_an_altered_measurement_file_is_refused_or_gives_the_same_image(bits, model, image, tmp_path):
    path = tmp_path / "y.npz"
    measurement_files.save(path, sense_image(image, model, preset="p"), bits)
    whole, expected = path.read_bytes(), reconstruct_image(measurement_files.load(path), model)
    rng = np.random.default_rng(2)
    refused = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutated(whole, rng))
        measured, message = outcome(measurement_files.load, path)
        if message is None:
            np.testing.assert_array_equal(reconstruct_image(measured, model), expected)
        else:
            refused += 1
            assert str(path) in message
            assert "\n" not in message
    assert refused > 0.9 * MUTATIONS


@pytest.mark.parametrize("content", [b"", b"no array"])
@pytest.mark.parametrize("entry", ["version", "dtype", "y", "content_sha256"])
def test_an_entry_that_is_no_array_is_refused(entry, content, model, image, tmp_path):
    path = tmp_path / "y.npz"
    measurement_files.save(path, sense_image(image, model, preset="p"))
    with zipfile.ZipFile(path) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w") as altered:
        for name, member in members.items():
            altered.writestr(name, content if name == f"{entry}.npy" else member)
    with pytest.raises(ValueError, match=r"y\.npz is no measurement file, or a damaged one"):
        measurement_files.load(path)


@pytest.mark.parametrize(
    ("ending", "exact"), [(".png", True), (".tiff", False), (".jpg", False), (".bmp", False)]
)
def test_an_altered_image_file_never_crashes(ending, exact, image, tmp_path):
    """PNG has checksums, so that what is read of one is right; of the others only a part is noticed."""
    path = tmp_path / f"image{ending}"
    images.write(path, image[..., :3])
    whole, expected = path.read_bytes(), images.read_unchanged(path)
    rng = np.random.default_rng(3)
    for _ in range(MUTATIONS // 4):
        changed = mutated(whole, rng)
        path.write_bytes(changed)
        found, message = outcome(images.read_unchanged, path)
        if message is not None:
            assert str(path) in message
            continue
        assert found.dtype in (np.uint8, np.uint16)
        if exact:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("ending", [".png", ".tiff", ".jpg"])
def test_an_image_file_that_is_cut_short_is_refused(ending, image, tmp_path):
    path = tmp_path / f"image{ending}"
    images.write(path, image[..., :3])
    whole = path.read_bytes()
    for length in range(0, len(whole) - 20, 37):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cannot be read as an image"):
            images.read_unchanged(path)


def test_an_entry_that_was_exchanged_is_noticed(model, image, tmp_path):
    """The zip archive is whole, but not what was written."""
    path = tmp_path / "y.npz"
    measurement_files.save(path, sense_image(image, model))
    with np.load(path) as archive:
        entries = dict(archive)
    np.savez(path, **{**entries, "y": entries["y"] + 1})
    with pytest.raises(ValueError, match="is damaged"):
        measurement_files.load(path)


def test_pickled_objects_are_not_loaded(tmp_path):
    path = tmp_path / "y.npz"
    np.savez(path, version=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="no measurement file"):
        measurement_files.load(path)


def test_another_version_is_refused(model, image, tmp_path, monkeypatch):
    path = tmp_path / "y.npz"
    monkeypatch.setattr(measurement_files, "VERSION", 2)
    measurement_files.save(path, sense_image(image, model))
    monkeypatch.undo()
    with pytest.raises(ValueError, match="has format 2; this version of amp_net reads 1"):
        measurement_files.load(path)


def test_any_other_archive_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.txt", "hello")
    for content in (buffer.getvalue(), b"", b"hello"):
        (tmp_path / "y.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"no measurement file|cut short"):
            measurement_files.load(tmp_path / "y.npz")


def test_an_entry_of_no_measurement_file_is_not_read(model, image, tmp_path):
    path = tmp_path / "y.npz"
    measurement_files.save(path, sense_image(image, model))
    with zipfile.ZipFile(path, "a") as archive:
        # It would be no array if it were read.
        archive.writestr("junk.npy", b"no array")
    with pytest.raises(ValueError, match="holds 'junk' too"):
        measurement_files.load(path)


@pytest.mark.parametrize("bits", [3, 17])
def test_bits_out_of_range_are_refused(bits, model, image, tmp_path):
    with pytest.raises(ValueError, match=f"4 to 16 bits, not {bits}"):
        measurement_files.save(tmp_path / "y.npz", sense_image(image, model), bits)
