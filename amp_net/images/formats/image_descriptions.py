"""What an image file says of itself, to hold against what was read of it."""

import dataclasses

import numpy as np

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dib", ".webp", ".gif"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k"),
)
"""Endings of the files that count as images in a folder."""
EXIF_ORIENTATION, TIFF_BITS, TIFF_PHOTOMETRIC, MIN_IS_WHITE, TIFF_EXTRA, STRAIGHT = 274, 258, 262, 0, 338, 2
ORIENTATIONS = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, 3),
    7: lambda image: np.rot90(image, 2).swapaxes(0, 1),
    8: lambda image: np.rot90(image, 1),
}
"""How pixels as they are stored become the upright image, by the number in EXIF."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What Pillow finds in a file's header.

    Attributes:
        format: as `"PNG"`.
        width, height: in pixels, of the image as OpenCV reads it.
        several: whether the file has more than one page.
        alpha: whether there is an alpha channel, or a grey level or colour that is transparent.
        straight: whether it is a TIFF whose colours are not weighted with alpha yet; OpenCV does that with
            8 bits.
        bits: bits a channel, where the header says it.
        inverted: whether 0 is white.
        white: what white is in a PGM or PPM file of more than one bit.
        orientation: how the stored pixels are to be turned after OpenCV has read them, see `ORIENTATIONS`.
    """

    format: str
    width: int
    height: int
    several: bool
    alpha: bool
    straight: bool
    bits: int | None
    inverted: bool
    white: int | None
    orientation: int

    def fits(self, image):
        """Whether an image as it was read, with two axes or with its channels last, can be this one."""
        if self.alpha and (image.ndim == 2 or image.shape[2] != 4):
            return False
        if self.straight and image.dtype == np.uint8:
            return False
        if self.inverted and image.dtype != np.uint8:
            return False
        if self.white not in (None, np.iinfo(image.dtype).max):
            return False
        return self.bits is None or (self.bits > 8) == (image.dtype != np.uint8)


def describe(image):
    """The `Description` of an image opened by Pillow."""
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    bits = tags.get(TIFF_BITS)
    # OpenCV turns TIFF files itself, and the others not when it is to leave them unchanged.
    orientation = 1 if image.format == "TIFF" else image.getexif().get(EXIF_ORIENTATION, 1)
    return Description(
        format=image.format,
        # Pillow turns the size of TIFF files, and of those alone, as OpenCV turns their pixels.
        width=image.width,
        height=image.height,
        # A phone's JPEG may carry others with its picture, of its depth or its brightness.
        several=image.format != "MPO" and getattr(image, "is_animated", False),
        alpha="A" in image.getbands() or "transparency" in image.info,
        straight=STRAIGHT in tags.get(TIFF_EXTRA, ()),
        bits=max(bits) if isinstance(bits, tuple) else bits,
        inverted=tags.get(TIFF_PHOTOMETRIC) == MIN_IS_WHITE,
        white=_white(image),
        orientation=orientation if orientation in ORIENTATIONS else 1,
    )


def _white(image):
    """The largest value that a PGM or PPM file's header names, where Pillow keeps it: if it is not 255."""
    decoder, *_, arguments = image.tile[0] if image.format == "PPM" and image.tile else ("", ())
    return arguments[-1] if decoder in ("ppm", "ppm_plain") and isinstance(arguments, tuple) else None
