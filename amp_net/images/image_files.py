"""Image files and colour."""

import contextlib
import io
import threading
import warnings
from pathlib import Path

import cv2
import numpy as np
import PIL
import PIL.Image

from amp_net.images.image_descriptions import ORIENTATIONS, TIFF, describe
from amp_net.storage import files

_LOCK = threading.Lock()
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "WEBP", "PPM", "GIF", "JPEG2000")
"""What Pillow is asked about; for others, such as EPS, it would start programs that a file can command."""


def read(path):
    """Reads an 8-bit image file.

    Args:
        path: a file in any format OpenCV reads.

    Returns:
        uint8, `(height, width)` for a grey file and `(height, width, 3)`, RGB, for a coloured one; an
        alpha channel is left out.

    Raises:
        ValueError: if the file is missing, empty, or no image, or has other than 8 bits.
    """
    return decode(files.read(path), path)


def decode(encoded, name):
    """The image in the bytes of a file, as `read` gives it.

    Args:
        encoded: the file's bytes.
        name: what to call it in an error.
    """
    image = decode_unchanged(encoded, name)
    if image.dtype != np.uint8:
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 bits a channel.")
    return image[..., :3] if image.ndim == 3 else image


def read_unchanged(path):
    """Reads an image file with its alpha channel and its bit depth.

    Args:
        path: a file in any format OpenCV reads.

    Returns:
        uint8 or uint16, `(height, width)`, `(height, width, 3)` in RGB or `(height, width, 4)` in RGBA.

    Raises:
        ValueError: if the file is missing, empty, cut short or no image, or has other than 8 or 16 bits.
    """
    return decode_unchanged(files.read(path), path)


def decode_unchanged(encoded, name):
    """The image in the bytes of a file, as `read_unchanged` gives it."""
    turned = None
    image = None
    if encoded:
        turned = _checked(encoded, name)
        # OpenCV answers None for most broken bytes, but raises for some.
        with contextlib.suppress(cv2.error):
            image = cv2.imdecode(np.frombuffer(encoded, "uint8"), cv2.IMREAD_UNCHANGED)
    if image is None and turned is not None:
        raise ValueError(
            f"{name} is a {turned.format} that OpenCV cannot read; it takes up to 2^30 pixels, in PNG up to "
            "1,000,000 a side, and not every kind of a format."
        )
    if image is None:
        raise ValueError(f"{name} cannot be read as an image; it is empty, damaged or of an unknown format.")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 or 16 bits a channel.")
    if turned is not None and not turned.fits(image):
        raise ValueError(
            f"{name} is a kind of {turned.format} that cannot be read exactly; convert it to PNG."
        )
    if turned is not None and not turned.alpha and image.ndim == 3:
        # OpenCV makes up a fourth channel for some.
        image = image[..., :3]
    image = _in_rgb(image)
    return image if turned is None else ORIENTATIONS[turned.orientation](image)


def _in_rgb(image):
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _checked(encoded, name):
    """What Pillow says of an image file, as a `Description`; None of one that it does not know.

    OpenCV fills up with grey what is missing of a file cut short, and reads some kinds wrongly in silence.
    """
    try:
        with _without_limits():
            with PIL.Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
                # PNG has checksums; the others have to be decoded to be sure.
                if image.format == "PNG":
                    image.verify()
                else:
                    image.load()
            with PIL.Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
                description = describe(image)
    except PIL.UnidentifiedImageError as error:
        if encoded.startswith(TIFF):
            raise ValueError(
                f"{name} cannot be read as an image; it is damaged or of an unknown kind."
            ) from error
        return None
    except Exception as error:
        # Pillow raises many kinds of error for damaged files.
        raise ValueError(f"{name} cannot be read as an image; it is damaged: {error}.") from error
    if description.pages > 1:
        raise ValueError(f"{name} holds {description.pages} images; give files of one.")
    return description


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


def write(path, image):
    """Writes an image file, aside first, so that there is never half a file.

    Args:
        path: where to; the ending chooses the format.
        image: `(height, width)`, `(height, width, 3)` in RGB or `(height, width, 4)` in RGBA; uint8, or
            uint16 for PNG and TIFF.

    Raises:
        ValueError: if the format is unknown or does not take such pixels, or the file cannot be written.
    """
    files.write(path, encode(path, image))


def encode(path, image):
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


def luminance(image):
    """Y of BT.601 over the full range [0, 255], as uint8: a grey image unchanged.

    Full range, and not the 16–235 of MATLAB's `rgb2ycbcr`, because the grey test images use the full
    range too, and a network should be trained on the contrast it will meet.

    Args:
        image: uint8, `(height, width)` or `(height, width, 3)` in RGB.

    Returns:
        uint8 `(height, width)`.
    """
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def to_unit(image):
    """Pixels of 8 or 16 bits to float32 in [0, 1]; float32 as it is."""
    if image.dtype == np.float32:
        return image
    return image.astype("float32") / np.float32(np.iinfo(image.dtype).max)


def from_unit(image, dtype="uint8"):
    """Floats, clipped to [0, 1], to the nearest pixels of 8 or 16 bits, or clipped alone to float32."""
    image = np.clip(image, 0, 1)
    if dtype == "float32":
        return image
    return np.round(image * np.float32(np.iinfo(dtype).max)).astype(dtype)
