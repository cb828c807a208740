import os

import cv2
import numpy as np
import PIL.EpsImagePlugin
import pytest

from amp_net import images


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_a_written_image_is_read_back(shape, rng, tmp_path):
    image = rng.integers(0, 256, shape, "uint8")
    images.write(tmp_path / "a.png", image)
    np.testing.assert_array_equal(images.read(tmp_path / "a.png"), image)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_colour_is_rgb(tmp_path):
    red = np.zeros((2, 2, 3), "uint8")
    red[..., 2] = 255
    cv2.imwrite(str(tmp_path / "red.png"), red)
    assert images.read(tmp_path / "red.png")[0, 0].tolist() == [255, 0, 0]


def test_alpha_is_left_out(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((2, 2, 4), 9, "uint8"))
    assert images.read(tmp_path / "a.png").shape == (2, 2, 3)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_a_broken_file_is_named(content, tmp_path):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.png cannot be read as an image"):
        images.read(tmp_path / "a.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"a\.png cannot be read: No such file"):
        images.read(tmp_path / "a.png")


def test_sixteen_bits_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.ones((2, 2), "uint16"))
    with pytest.raises(ValueError, match="uint16 pixels"):
        images.read(tmp_path / "a.png")


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="known image format"):
        images.write(tmp_path / "a.nix", np.zeros((2, 2), "uint8"))


def test_luminance_is_bt601_over_the_full_range(rng):
    image = rng.integers(0, 256, (40, 40, 3), "uint8")
    expected = np.round(image @ [0.299, 0.587, 0.114])
    assert np.abs(images.luminance(image) - expected).max() <= 1
    assert images.luminance(np.full((1, 1, 3), 255, "uint8")).item() == 255


def test_floats_become_the_nearest_pixels():
    assert images.from_unit(np.array([-0.1, 0.0, 0.5019, 1.0, 1.7])).tolist() == [0, 0, 128, 255, 255]


def test_a_file_that_would_start_a_program_is_not_opened(tmp_path, monkeypatch):
    ghostscript = tmp_path / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path / 'started'}\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(PIL.EpsImagePlugin, "gs_binary", None)
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments\n%%EOF"
    (tmp_path / "photo.png").write_bytes(postscript)
    with pytest.raises(ValueError, match="cannot be read as an image"):
        images.read_unchanged(tmp_path / "photo.png")
    assert not (tmp_path / "started").exists()
