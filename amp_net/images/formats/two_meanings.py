"""Headers of image files that Pillow and OpenCV would read differently."""

import re
import struct

TIFF_KINDS = {b"II*\0": ("<I", 4, "<H", 12), b"MM\0*": (">I", 4, ">H", 12), b"II+\0": ("<Q", 8, "<Q", 20)}
"""By a TIFF's first bytes: the form of the place of its list of tags, where that stands, the form of their
number, and the bytes of a tag. Pillow takes BigTIFF in big-endian order for a TIFF that is not big."""
GAP = rb"[ \t\n\v\f\r](?:[ \t\n\v\f\r]|#[^\r\n]*[\r\n])*"
PNM = re.compile(rb"P(?:[14](?:%b\d+){2}|[2356](?:%b\d+){3})[ \t\n\v\f\r]" % (GAP, GAP))
"""The header of a PBM, PGM or PPM file: digits apart, and comments that begin after a space or a new line."""


class TwoMeaningsError(ValueError):
    """An image that is not decoded because programs would read it differently."""


def check(name, image, encoded):
    """Raises `TwoMeaningsError` for a header that has two meanings, before anything is decoded.

    Args:
        name: what to call the file.
        image: as Pillow opens it.
        encoded: the file's bytes.
    """
    form = image.format
    if form == "GIF" and image.tile[0][1] != (0, 0, *image.size):
        raise TwoMeaningsError(f"{name} has a picture that does not fill its canvas; save it anew.")
    if form == "PPM" and not PNM.match(encoded):
        raise TwoMeaningsError(
            f"{name} has a header with more than numbers, spaces and lines of comments; save it anew."
        )
    if form == "TIFF":
        check_tiff(name, encoded)


def check_tiff(name, encoded):
    """The same of a TIFF, which Pillow need not be able to open."""
    if encoded[:4] not in TIFF_KINDS:
        raise TwoMeaningsError(f"{name} is a rare kind of TIFF; save it anew as a usual TIFF or PNG.")
    seen = set()
    for tag in _tags(encoded):
        if tag in seen:
            raise TwoMeaningsError(f"{name} has the TIFF tag {tag} twice; save it anew.")
        seen.add(tag)


def _tags(encoded):
    """The numbers of the tags of a TIFF's first image."""
    place, said_at, count, size = TIFF_KINDS[encoded[:4]]
    try:
        (at,) = struct.unpack_from(place, encoded, said_at)
        (tags,) = struct.unpack_from(count, encoded, at)
    except (struct.error, OverflowError):
        return
    first = at + struct.calcsize(count)
    # The list of a damaged file goes on past its end.
    for entry in range(first, min(first + tags * size, len(encoded) - 1), size):
        yield struct.unpack_from(f"{count[0]}H", encoded, entry)[0]
