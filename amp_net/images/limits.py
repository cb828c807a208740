"""How large an image may be, judged by what its file declares before any of it is decoded."""

import struct

MAX_PIXELS = 400_000_000
"""Height times width at most, where nothing else is said."""
LONGEST_SIDE = 2**20
"""Pixels of a side of an image at most; OpenCV's own limit."""
LARGEST_BLOCK = 256
"""Pixels of a block's side at most."""
PIXELS_PER_BYTE = {"PNG": 8 * 1032, "BMP": 128, "DIB": 128, "PPM": 8, "GIF": 4096}
"""What a byte of a file can stand for at most: in PNG deflate's 1032 bytes of eight grey levels each, in BMP
half a run of 255, in PPM eight bits, in GIF LZW's longest string."""
ANY_PIXELS_PER_BYTE = 10_000
"""Of other formats, some of which can say in a few bits that millions of pixels are alike: more than any
picture reaches."""
SCANS = 200
"""Scans of a JPEG at most, each of which may take as long as the whole image."""
SCAN = b"\xff\xda"
LARGEST_TILE = 2**24
"""Pixels of a TIFF's tile at most, where it is larger than the image."""
TILE_SIDES = (322, 323)


class TooLargeError(ValueError):
    """An image that is not decoded because of its size."""


def check(name, form, width, height, encoded, max_pixels):
    """Raises `TooLargeError` for an image that is too large, or larger than its file can hold.

    Args:
        name: what to call the file.
        form: its format, as Pillow calls it.
        width, height: what its header declares.
        encoded: the file's bytes.
        max_pixels: how many pixels it may have.
    """
    pixels = width * height
    if pixels > max_pixels:
        raise TooLargeError(
            f"{name} has {width}×{height} pixels; at most {max_pixels} are read, which --max_pixels sets."
        )
    most = PIXELS_PER_BYTE.get(form, ANY_PIXELS_PER_BYTE) * len(encoded)
    if pixels > most:
        raise TooLargeError(
            f"{name} declares {width}×{height} pixels, more than {len(encoded)} bytes of {form} can hold."
        )
    # Of an MPO too, which is a JPEG with others behind it.
    if form in ("JPEG", "MPO") and encoded.count(SCAN) > SCANS:
        raise TooLargeError(f"{name} has more than {SCANS} scans; save it anew as a usual JPEG or PNG.")


def check_tiles(name, image):
    """Raises `TooLargeError` for a TIFF with tiles far larger than itself, which decoders make room for.

    Args:
        name: what to call the file.
        image: as Pillow opens it.
    """
    if image.format == "TIFF":
        check_tile_sides(name, image.width, image.height, getattr(image, "tag_v2", {}))


def check_tile_sides(name, width, height, tags):
    """The same of a TIFF's size and tags."""
    sides = [tags.get(tag, 1) for tag in TILE_SIDES]
    across, down = (side if isinstance(side, int) else LONGEST_SIDE for side in sides)
    if across * down > max(LARGEST_TILE, 4 * width * height):
        raise TooLargeError(f"{name} has tiles of {across}×{down} pixels in an image of {width}×{height}.")


def webp_size(encoded):
    """Width and height of a WebP file, or None of another or a damaged one.

    Pillow makes room for the pixels of one when it opens it.
    """
    if encoded[:4] != b"RIFF" or encoded[8:12] != b"WEBP":
        return None
    kind, body = encoded[12:16], encoded[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return tuple(side & 0x3FFF for side in struct.unpack("<HH", body[6:10]))
