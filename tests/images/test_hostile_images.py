import io
import struct

import numpy as np
import PIL.Image
import pytest

from amp_net import images
from tests.conftest import outcome
from tests.hostile_inputs import with_checksums
from tests.hostile_seeds import IMAGE


def png(**options):
    buffer = io.BytesIO()
    PIL.Image.fromarray(IMAGE).save(buffer, "PNG", **options)
    return buffer.getvalue()


def without_end(body, rng):
    return body[: len(body) // 2]


def test_a_png_whose_stream_is_cut_short_under_checksums_that_hold_is_refused(rng):
    refused = 0
    for _ in range(40):
        content = with_checksums(without_end, png(), rng)
        found, message = outcome(images.decode_unchanged, content, "a")
        if message is None:
            np.testing.assert_array_equal(found, IMAGE)
        else:
            assert "cannot be read as an image" in message
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_whole_pngs_of_every_kind_are_read(mode):
    image = PIL.Image.fromarray(IMAGE).convert("L" if mode == "I;16" else mode)
    buffer = io.BytesIO()
    (image.convert("I").convert("I;16") if mode == "I;16" else image).save(buffer, "PNG")
    assert images.decode_unchanged(buffer.getvalue(), "a").shape[:2] == IMAGE.shape[:2]


def test_a_warning_of_the_jpeg_decoder_is_told_with_the_files_name(caplog):
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.kron(IMAGE, np.ones((8, 8, 1), "uint8"))).save(buffer, "JPEG")
    content = buffer.getvalue()
    images.decode_unchanged(content, "whole.jpg")
    assert not caplog.records
    images.decode_unchanged(content[:-200] + content[-2:], "cut.jpg")
    (record,) = caplog.records
    assert "cut.jpg may be damaged: Corrupt JPEG data" in record.getMessage()


def test_all_that_a_decoder_prints_is_told_with_the_files_name(caplog, capfd):
    content = bytearray(images.encode("a.jpg", IMAGE))
    content[content.find(b"JFIF\0") + 5] = 9
    images.decode_unchanged(bytes(content), "odd.jpg")
    (record,) = caplog.records
    assert "odd.jpg, while it was read: Warning: unknown JFIF revision number 9.01" in record.getMessage()
    assert all("odd.jpg" in line for line in capfd.readouterr().err.splitlines())


def test_what_pillows_decoder_prints_of_a_refused_file_is_told_with_its_name(caplog, capfd):
    content = images.encode("a.tiff", IMAGE)
    (at,) = struct.unpack_from("<I", content, 4)
    (size,) = struct.unpack_from("<I", content, content.index(struct.pack("<HHI", 279, 4, 1), at) + 8)
    short = content.replace(struct.pack("<HHII", 279, 4, 1, size), struct.pack("<HHII", 279, 4, 1, size // 2))
    assert short != content
    with pytest.raises(ValueError, match="cannot be read"):
        images.decode_unchanged(short, "short.tiff")
    assert any("short.tiff, while it was read: " in record.getMessage() for record in caplog.records)
    assert all("short.tiff" in line for line in capfd.readouterr().err.splitlines())


def test_the_limit_of_pixels_is_the_users(tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    assert images.read(tmp_path / "a.png", max_pixels=504).size == 3 * 504
    with pytest.raises(ValueError, match="at most 503 are read"):
        images.read(tmp_path / "a.png", max_pixels=503)
