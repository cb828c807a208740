"""Image files and colour."""

import contextlib
import io
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL
import PIL.Image

from amp_net import files


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
    return decode(_bytes_of(path), path)


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
    return decode_unchanged(_bytes_of(path), path)


def decode_unchanged(encoded, name):
    """The image in the bytes of a file, as `read_unchanged` gives it."""
    image = None
    # OpenCV answers None for most broken bytes, but raises for some, and where there are none.
    if encoded and _whole(encoded):
        with contextlib.suppress(cv2.error):
            image = cv2.imdecode(np.frombuffer(encoded, "uint8"), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"{name} cannot be read as an image; it is empty, damaged or of an unknown format.")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 or 16 bits a channel.")
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _bytes_of(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error


def _whole(encoded):
    """Whether an image file is complete; OpenCV fills up with grey what is missing of one cut short."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images, which are welcome, and before it refuses damaged ones.
            warnings.simplefilter("ignore")
            with PIL.Image.open(io.BytesIO(encoded)) as image:
                if image.format == "PNG":
                    image.verify()
                else:
                    image.load()
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError):
        # Unknown to Pillow, or too large for it: OpenCV decides alone.
        return True
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, TypeError):
        return False
    return True


def write(path, image):
    """Writes an image file, aside first, so that there is never half a file.

    Args:
        path: where to; the ending chooses the format.
        image: `(height, width)`, `(height, width, 3)` in RGB or `(height, width, 4)` in RGBA; uint8, or
            uint16 or float32 where the format takes it.

    Raises:
        ValueError: if the format is unknown or the file cannot be written.
    """
    path = Path(path)
    pixels = image
    if image.ndim == 3:
        pixels = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    try:
        done, encoded = cv2.imencode(path.suffix, pixels)
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"{path} cannot be written: {path.suffix!r} is no known image format.")
    files.write(path, encoded.tobytes())


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
    """uint8 pixels to float32 in [0, 1]."""
    return image.astype("float32") / np.float32(255)


def to_uint8(image):
    """Floats, clipped to [0, 1], to the nearest uint8 pixels."""
    return np.round(np.clip(image, 0, 1) * 255).astype("uint8")
