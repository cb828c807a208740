"""Image files and colour."""

import contextlib
import io
import threading
import warnings
from pathlib import Path, PurePath

import cv2
import numpy as np
import PIL
import PIL.Image

from amp_net.images.formats import decoder_warnings, gif_pixels, limits, png_stream, two_meanings, webp_header
from amp_net.images.formats.image_descriptions import ORIENTATIONS, describe
from amp_net.images.formats.limits import MAX_PIXELS
from amp_net.storage import file_sizes
from amp_net.storage.disk import files
from amp_net.storage.printable import printable

_LOCK = threading.Lock()
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "WEBP", "PPM", "GIF", "JPEG2000")
"""What is read. For others, such as EPS, Pillow would start programs that a file can command; of those that
OpenCV alone reads nothing is known before they are decoded."""
WHOLE_OR_NOT = ("WEBP", "GIF")
"""Formats whose damage is noticed when they are decoded; of others OpenCV fills up what is missing."""


def read(path: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads an 8-bit image file.

    Args:
        path: a file in one of the `FORMATS`.
        max_pixels: height times width at most, which is judged before anything is decoded.

    Returns:
        uint8, `(height, width)` for a grey file and `(height, width, 3)`, RGB, for a coloured one; an
        alpha channel is left out.

    Raises:
        ValueError: if the file is missing, empty, no image or too large, or has other than 8 bits.
    """
    return decode(files.read(path, file_sizes.image(max_pixels)), path, max_pixels)


def decode(encoded: bytes, name: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The image in the bytes of a file, as `read` gives it.

    Args:
        encoded: the file's bytes.
        name: what to call it in an error.
        max_pixels: as in `read`.
    """
    image = decode_unchanged(encoded, name, max_pixels)
    if image.dtype != np.uint8:
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 bits a channel.")
    return image[..., :3] if image.ndim == 3 else image


def read_unchanged(path: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads an image file with its alpha channel and its bit depth.

    What a decoder says of the file is logged as a warning; JPEG, for one, has no checksums.

    Args:
        path: a file in one of the `FORMATS`.
        max_pixels: as in `read`.

    Returns:
        uint8 or uint16, `(height, width)`, `(height, width, 3)` in RGB or `(height, width, 4)` in RGBA.

    Raises:
        ValueError: if the file is missing, empty, cut short, no image or too large, or has other than 8 or 16
            bits.
    """
    return decode_unchanged(files.read(path, file_sizes.image(max_pixels)), path, max_pixels)


def decode_unchanged(encoded: bytes, name: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The image in the bytes of a file, as `read_unchanged` gives it."""
    found = _checked(encoded, name, max_pixels)
    if found.format == "GIF":
        with _damage_told(name), PIL.Image.open(io.BytesIO(encoded), formats=FORMATS) as opened:
            return ORIENTATIONS[found.orientation](gif_pixels.read(opened))
    # OpenCV answers None for most broken bytes, but raises for some.
    with decoder_warnings.named(name), contextlib.suppress(cv2.error, MemoryError):
        image = None
        image = cv2.imdecode(np.frombuffer(encoded, "uint8"), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(
            f"{name} is a {found.format} that OpenCV cannot read; it takes up to 2^30 pixels, in PNG up to "
            "1,000,000 a side, not every kind of a format, and as much memory as there is."
        )
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 or 16 bits a channel.")
    height, width = image.shape[:2]
    if (width, height) != (found.width, found.height):
        raise ValueError(
            f"{name} has {found.width}×{found.height} pixels for Pillow and {width}×{height} for OpenCV; "
            "save it anew."
        )
    if not found.fits(image):
        raise ValueError(
            f"{name} is a kind of {found.format} that cannot be read exactly; convert it to PNG."
        )
    if not found.alpha and image.ndim == 3:
        # OpenCV makes up a fourth channel for some.
        image = image[..., :3]
    return ORIENTATIONS[found.orientation](_in_rgb(image))


def _in_rgb(image):
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    # Row by row, so that there is no second image in memory.
    for row in image:
        row[:, :3] = row[:, 2::-1].copy()
    return image


def _checked(encoded, name, max_pixels):
    """What Pillow says of an image file, as a `Description`.

    OpenCV fills up with grey what is missing of a file cut short, and reads some kinds wrongly in silence.
    """
    if not encoded:
        raise ValueError(_unknown(name))
    size = webp_header.size(encoded)
    if size is not None:
        limits.check(name, "WEBP", *size, encoded, max_pixels)
        if webp_header.is_animated(encoded):
            raise ValueError(f"{name} is an animation; give files of one image.")
    with _damage_told(name):
        with PIL.Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            limits.check(name, image.format, *image.size, encoded, max_pixels)
            limits.check_tiles(name, image)
            two_meanings.check(name, image, encoded)
            if image.format == "PNG":
                image.verify()
            elif image.format not in WHOLE_OR_NOT:
                image.load()
        with PIL.Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            description = describe(image)
    if description.several:
        raise ValueError(f"{name} holds more than one image; give files of one.")
    if description.format == "PNG" and not png_stream.is_whole(encoded):
        raise ValueError(f"{name} cannot be read as an image; it is damaged: its stream is not whole.")
    return description


def _unknown(name):
    return f"{name} cannot be read as an image; it is empty, damaged or none of {', '.join(FORMATS)}."


@contextlib.contextmanager
def _damage_told(name):
    """Turns what Pillow raises for damaged files into one sentence."""
    try:
        with _without_limits(), decoder_warnings.named(name):
            yield
    except (limits.TooLargeError, two_meanings.TwoMeaningsError):
        raise
    except MemoryError as error:
        raise ValueError(f"{name} cannot be read as an image; it needs more memory than there is.") from error
    except PIL.UnidentifiedImageError as error:
        raise ValueError(_unknown(name)) from error
    except Exception as error:
        # Pillow raises many kinds of error for damaged files.
        reason = printable(error) or type(error).__name__
        raise ValueError(f"{name} cannot be read as an image; it is damaged: {reason}.") from error


@contextlib.contextmanager
def _without_limits():
    """Lets Pillow open images of any size, and be silent on damaged ones before it refuses them.

    Both are settings of the whole process, so one thread at a time.
    """
    with _LOCK, warnings.catch_warnings():
        limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            warnings.simplefilter("ignore")
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = limit


def write(path: str | Path, image: np.ndarray) -> None:
    """Writes an image file, aside first, so that there is never half a file.

    Args:
        path: where to; the ending chooses the format.
        image: `(height, width)`, `(height, width, 3)` in RGB or `(height, width, 4)` in RGBA; uint8, or
            uint16 for PNG and TIFF.

    Raises:
        ValueError: if the format is unknown or does not take such pixels, or the file cannot be written.
    """
    files.write(path, encode(path, image))


def encode(path: str | PurePath, image: np.ndarray) -> bytes:
    """The bytes of the image file that `write` writes."""
    path = Path(path)
    deep = path.suffix.lower() in (".png", ".tif", ".tiff")
    if image.dtype != np.uint8 and not (deep and image.dtype == np.uint16):
        raise ValueError(f"{path} cannot be written: {path.suffix} does not take {image.dtype} pixels here.")
    pixels = image
    if image.ndim == 3:
        pixels = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    try:
        done, encoded = cv2.imencode(path.suffix, pixels)
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"{path} cannot be written: {path.suffix!r} is no known image format.")
    return encoded.tobytes()


def luminance(image: np.ndarray) -> np.ndarray:
    """Y of BT.601 over the full range [0, 255], as uint8: a grey image unchanged.

    Full range, and not the 16–235 of MATLAB's `rgb2ycbcr`, because the grey test images use the full
    range too, and a network should be trained on the contrast it will meet.

    Args:
        image: uint8, `(height, width)` or `(height, width, 3)` in RGB.

    Returns:
        uint8 `(height, width)`.
    """
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def to_unit(image: np.ndarray) -> np.ndarray:
    """Pixels of 8 or 16 bits to float32 in [0, 1]; float32 as it is."""
    if image.dtype == np.float32:
        return image
    return image.astype("float32") / np.float32(np.iinfo(image.dtype).max)


def from_unit(image: np.ndarray, dtype: str = "uint8") -> np.ndarray:
    """Floats, clipped to [0, 1], to the nearest pixels of 8 or 16 bits, or clipped alone to float32."""
    image = np.clip(image, 0, 1)
    if dtype == "float32":
        return image
    return np.round(image * np.float32(np.iinfo(dtype).max)).astype(dtype)
