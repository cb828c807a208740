import io
import struct

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from amp_net import images
from tests.conftest import outcome


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def pixels(rng):
    return np.kron(rng.integers(0, 256, (3, 4, 3)), np.ones((8, 8, 1))).astype("uint8")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_read_upright(orientation, kind, pixels):
    image = PIL.Image.fromarray(pixels)
    exif = PIL.Image.Exif()
    exif[274] = orientation
    content = encoded(image, kind, exif=exif)
    with PIL.Image.open(io.BytesIO(content)) as opened:
        expected = np.asarray(PIL.ImageOps.exif_transpose(opened)).astype(int)
    found = images.decode_unchanged(content, "picture")
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 8


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(("LA", "TIFF"), ("RGBA", "TIFF"), ("1", "TIFF")),
        *(("RGBA", "WEBP"), ("RGBA", "PNG"), ("LA", "PNG")),
    ],
)
def test_alpha_is_kept_or_the_file_refused(mode, kind, pixels):
    image = PIL.Image.fromarray(pixels).convert(mode)
    if "A" in mode:
        image.putalpha(PIL.Image.fromarray(pixels[..., 0]))
    found, message = outcome(images.decode_unchanged, encoded(image, kind, lossless=True), "picture")
    if message is not None:
        assert "cannot be read exactly" in message
        return
    expected = np.asarray(image.convert("RGBA") if "A" in mode else image.convert("L"))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_transparent_colour_is_kept_or_the_file_refused(mode, pixels):
    image = PIL.Image.fromarray(pixels).convert(mode)
    colour = image.getpixel((0, 0))
    content = encoded(image, "PNG", transparency=colour)
    found, message = outcome(images.decode_unchanged, content, "picture")
    if message is not None:
        assert "cannot be read exactly" in message
        return
    with PIL.Image.open(io.BytesIO(content)) as opened:
        np.testing.assert_array_equal(found[..., 3], np.asarray(opened.convert("RGBA"))[..., 3])


def test_no_alpha_is_made_up(pixels):
    found = images.decode_unchanged(encoded(PIL.Image.fromarray(pixels).convert("CMYK"), "TIFF"), "picture")
    assert found.shape == pixels.shape


@pytest.mark.parametrize(("white", "exact"), [(255, True), (100, False), (1023, False), (65535, True)])
@pytest.mark.parametrize("kind", ["P2", "P5", "P6"])
def test_white_is_all_ones_or_the_file_refused(kind, white, exact):
    size = 1 if white < 256 else 2
    values = white.to_bytes(size, "big") * (6 if kind == "P6" else 2)
    body = f"{white} {white}\n".encode() if kind == "P2" else values
    content = f"{kind}\n2 1\n{white}\n".encode() + body
    found, message = outcome(images.decode_unchanged, content, "picture")
    if exact:
        assert found.min() == np.iinfo(found.dtype).max == white
    else:
        assert "is a kind of PPM that cannot be read exactly" in message


def test_an_image_that_only_opencv_refuses_is_not_called_damaged():
    wide = PIL.Image.new("L", (1_000_001, 1))
    with pytest.raises(ValueError, match=r"is a PNG that OpenCV cannot read; .* 1,000,000 a side"):
        images.decode_unchanged(encoded(wide, "PNG"), "picture")


def test_several_images_in_a_file_are_refused(pixels):
    image = PIL.Image.fromarray(pixels)
    content = encoded(image, "TIFF", save_all=True, append_images=[image])
    with pytest.raises(ValueError, match="holds more than one image"):
        images.decode_unchanged(content, "picture")


def test_of_a_phones_pictures_in_one_jpeg_the_first_is_read(pixels):
    first, second = PIL.Image.fromarray(pixels), PIL.Image.fromarray(255 - pixels)
    content = encoded(first, "MPO", save_all=True, append_images=[second])
    np.testing.assert_array_equal(
        images.decode_unchanged(content, "picture"),
        images.decode_unchanged(encoded(first, "JPEG"), "picture"),
    )


def test_an_unknown_compression_is_refused(pixels):
    content = bytearray(encoded(PIL.Image.fromarray(pixels), "TIFF"))
    at = content.find((259).to_bytes(2, "little") + (3).to_bytes(2, "little"))
    content[at + 8 : at + 10] = (9999).to_bytes(2, "little")
    with pytest.raises(ValueError, match="cannot be read"):
        images.decode_unchanged(bytes(content), "picture")


@pytest.mark.parametrize(("ending", "dtype"), [(".png", "float32"), (".jpg", "uint16")])
def test_pixels_that_a_format_does_not_take_are_not_written(ending, dtype, tmp_path):
    with pytest.raises(ValueError, match=f"does not take {dtype} pixels"):
        images.write(tmp_path / f"image{ending}", np.zeros((3, 3), dtype))
    assert not list(tmp_path.iterdir())


def pnm(header):
    return header + bytes(700)


@pytest.mark.parametrize(
    "header",
    [
        *(b"P5\n16#40\n 16 255\n", b"P5\n1_6 16\n255\n", b"P5\n+16 16\n255\n", b"P5\n16 16\n255#\n\n"),
        b"P4\n16#4\n 16\n",
    ],
)
def test_a_pnm_header_of_two_meanings_is_refused(header):
    with pytest.raises(ValueError, match=r"^picture has a header with more than numbers"):
        images.decode_unchanged(pnm(header), "picture")


@pytest.mark.parametrize(
    "header", [b"P5\n# by\n#\n16 \t# wide\r\n12\n255\n", b"P4 16\n12\n", b"P5 016 12 255\n"]
)
def test_a_pnm_header_with_comments_is_read(header):
    content = pnm(header)
    with PIL.Image.open(io.BytesIO(content)) as opened:
        assert opened.size == (16, 12)
    assert images.decode_unchanged(content, "picture").shape == (12, 16)


def tiff(order, twice=None, big=False):
    """A grey TIFF of 16×16 that has one of its tags a second time, after the first."""
    start = 16 + 8 + (12 + (twice is not None)) * 20
    tags = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 273: start, 277: 1, 278: 16, 279: 256}
    entries = [*tags.items(), *([(twice, 8)] if twice else [])]
    entries.sort(key=lambda entry: entry[0])
    place, count = ("Q", "Q") if big else ("I", "H")
    body = b"".join(struct.pack(f"{order}HH{place}I{'4x' * big}", tag, 4, 1, value) for tag, value in entries)
    marks = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    marks += struct.pack(f"{order}HHQ", 8, 0, 16) if big else struct.pack(f"{order}I", 8)
    content = marks + struct.pack(f"{order}{count}", len(entries)) + body
    return content.ljust(start, b"\0") + bytes(range(256))


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_a_tiff_whose_tag_is_there_twice_is_refused_before_it_is_decoded(order, big, monkeypatch):
    expected = np.arange(256, dtype="uint8").reshape(16, 16)
    np.testing.assert_array_equal(images.decode_unchanged(tiff(order, big=big), "picture"), expected)
    monkeypatch.setattr("PIL.TiffImagePlugin.TiffImageFile.load", None)
    for tag in (256, 257, 259, 278):
        with pytest.raises(ValueError, match=f"^picture has the TIFF tag {tag} twice"):
            images.decode_unchanged(tiff(order, tag, big), "picture")


def test_a_tiff_that_pillow_takes_for_another_kind_is_refused():
    usual = tiff(">")
    # Where Pillow takes the list of tags to be.
    content = tiff(">", big=True).ljust(8 << 16, b"\0") + usual[8:]
    with PIL.Image.open(io.BytesIO(content)) as opened:
        assert opened.size == (16, 16)
    with pytest.raises(ValueError, match=r"^picture is a rare kind of TIFF"):
        images.decode_unchanged(content, "picture")


def test_an_image_of_two_sizes_is_refused(pixels, monkeypatch):
    content = encoded(PIL.Image.fromarray(pixels), "BMP")
    monkeypatch.setattr("cv2.imdecode", lambda *_: pixels[:-1])
    with pytest.raises(ValueError, match="has 32×24 pixels for Pillow and 32×23 for OpenCV"):
        images.decode_unchanged(content, "picture")


def test_a_second_page_is_not_decoded(pixels, monkeypatch):
    image = PIL.Image.fromarray(pixels)
    content = encoded(image, "GIF", save_all=True, append_images=[PIL.Image.fromarray(255 - pixels)] * 3)
    loads = []
    load = PIL.GifImagePlugin.GifImageFile.load_prepare
    monkeypatch.setattr(
        "PIL.GifImagePlugin.GifImageFile.load_prepare", lambda self: (loads.append(1), load(self))
    )
    with pytest.raises(ValueError, match="holds more than one image"):
        images.decode_unchanged(content, "picture")
    assert not loads
