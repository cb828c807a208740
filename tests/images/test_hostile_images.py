import io
import os
import struct

import numpy as np
import PIL.Image
import pytest

from amp_net import images
from amp_net.images.formats import decoder_warnings
from tests.conftest import outcome
from tests.hostile.altered_inputs import with_checksums
from tests.hostile.seeds import IMAGE


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


def test_a_decoder_that_says_the_same_of_every_row_is_heard_once(caplog):
    buffer = io.BytesIO()
    # With fewer colours than its tag should hold.
    PIL.Image.new("P", (40, 500), 1).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    outcome(images.decode_unchanged, buffer.getvalue(), "p.tiff")
    messages = [record.getMessage() for record in caplog.records]
    assert 1 <= len(messages) == len({*messages}) <= 3


def test_a_decoder_that_says_much_is_cut_short(caplog):
    with decoder_warnings.named("a.tiff"):
        os.write(2, b"".join(b"line %d\n" % number for number in range(100_000)))
    assert len(caplog.records) == 11
    assert caplog.records[-1].getMessage() == "a.tiff, while it was read: and more."


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


def webp(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("frames", [1, 3])
def test_an_animated_webp_is_refused_before_pillow_opens_it(frames, monkeypatch):
    # More than one of the same is written as one.
    more = [PIL.Image.fromarray(IMAGE + np.uint8(shift)) for shift in range(1, 3)]
    content = webp(PIL.Image.fromarray(IMAGE), save_all=True, append_images=more)
    if frames == 1:
        at = content.index(b"ANMF")
        (length,) = struct.unpack_from("<I", content, at + 4)
        content = content[: at + 8 + length]
        content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
        with PIL.Image.open(io.BytesIO(content)) as opened:
            assert opened.n_frames == 1
    monkeypatch.setattr("PIL.Image.open", None)
    with pytest.raises(ValueError, match=r"^a\.webp is an animation; give files of one image"):
        images.decode_unchanged(content, "a.webp")


@pytest.mark.parametrize("options", [{"lossless": True}, {}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}])
def test_a_webp_that_is_cut_short_is_refused(options):
    content = webp(PIL.Image.fromarray(IMAGE), **options)
    assert images.decode_unchanged(content, "a.webp").shape == IMAGE.shape
    for length in range(0, len(content), 7):
        with pytest.raises(ValueError, match=r"^a\.webp "):
            images.decode_unchanged(content[:length], "a.webp")


@pytest.mark.parametrize("transparent", [False, True])
def test_a_gif_has_the_colours_that_pillow_sees(transparent, monkeypatch):
    monkeypatch.setattr("amp_net.images.formats.gif_pixels.STRIP", 50)
    image = PIL.Image.fromarray(IMAGE).quantize(12)
    buffer = io.BytesIO()
    image.save(buffer, "GIF", **({"transparency": image.getpixel((0, 0))} if transparent else {}))
    found = images.decode_unchanged(buffer.getvalue(), "a.gif")
    np.testing.assert_array_equal(found[..., :3], np.asarray(image.convert("RGB")))
    assert found.shape[2] == 3 + transparent
    if transparent:
        assert set(np.unique(found[..., 3])) == {0, 255}
        assert found[0, 0, 3] == 0


def test_a_gif_whose_picture_does_not_fill_its_canvas_is_refused():
    colours = struct.pack("<HHBBB", 10, 8, 0x80, 1, 0) + b"\1\2\3\xff\xfe\xfd"
    frame = b"\x2c" + struct.pack("<HHHHB", 2, 2, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    with pytest.raises(ValueError, match="does not fill its canvas"):
        images.decode_unchanged(b"GIF89a" + colours + frame + b";", "a.gif")


def test_of_jpeg_2000_a_fourth_of_the_pixels_is_read():
    buffer = io.BytesIO()
    PIL.Image.fromarray(IMAGE).save(buffer, "JPEG2000")
    content = buffer.getvalue()
    assert images.decode_unchanged(content, "a.jp2", max_pixels=4 * 504).shape == IMAGE.shape
    with pytest.raises(ValueError, match="of JPEG2000 at most 503 are read, a 4th of what --max_pixels sets"):
        images.decode_unchanged(content, "a.jp2", max_pixels=4 * 504 - 1)
