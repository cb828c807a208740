"""How large an image may be, judged by what its file declares before any of it is decoded."""

MAX_PIXELS = 400_000_000
"""Height times width at most, where nothing else is said."""
LONGEST_SIDE = 2**20
"""Pixels of a side of an image at most; OpenCV's own limit."""
LARGEST_BLOCK = 256
"""Pixels of a block's side at most."""
PIXELS_PER_BYTE = {"PNG": 8 * 1032, "BMP": 128, "DIB": 128, "PPM": 8, "GIF": 2730}
"""What a byte of a file can stand for at most: in PNG deflate's 1032 bytes of eight grey levels each, in BMP
half a run of 255, in PPM eight bits, in GIF LZW's longest string of 4091 in the 12 bits that name it."""
ANY_PIXELS_PER_BYTE = 10_000
"""Of other formats, some of which can say in a few bits that millions of pixels are alike: more than any
picture reaches."""
MEMORY = {"JPEG2000": 4}
"""How many times the memory of others a format's decoders take: 20 bytes a pixel."""
SCANS, SCANNED = 200, 8_000_000_000
"""Scans of a JPEG at most, each of which takes as long as the whole image; and pixels of all of them."""
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
    if pixels * MEMORY.get(form, 1) > max_pixels:
        raise TooLargeError(
            f"{name} has {width}×{height} pixels; of {form} at most {max_pixels // MEMORY[form]} are read, a "
            f"{MEMORY[form]}th of what --max_pixels sets."
        )
    most = PIXELS_PER_BYTE.get(form, ANY_PIXELS_PER_BYTE) * len(encoded)
    if pixels > most:
        raise TooLargeError(
            f"{name} declares {width}×{height} pixels, more than {len(encoded)} bytes of {form} can hold."
        )
    # Of an MPO too, which is a JPEG with others behind it.
    scans = encoded.count(SCAN) if form in ("JPEG", "MPO") else 0
    if scans > SCANS or scans * pixels > SCANNED:
        raise TooLargeError(
            f"{name} has {scans} scans of {width}×{height} pixels, more than any picture needs; save it "
            "anew as a usual JPEG or PNG."
        )


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
