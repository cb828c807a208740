"""Image files and colour."""

from pathlib import Path

import cv2
import numpy as np

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
    path = Path(path)
    try:
        return decode(path.read_bytes(), path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error


def decode(encoded, name):
    """The image in the bytes of a file, as `read` gives it.

    Args:
        encoded: the file's bytes.
        name: what to call it in an error.
    """
    # OpenCV answers None for broken bytes, but raises where there are none.
    image = cv2.imdecode(np.frombuffer(encoded, "uint8"), cv2.IMREAD_UNCHANGED) if encoded else None
    if image is None:
        raise ValueError(f"{name} cannot be read as an image; it is empty, damaged or of an unknown format.")
    if image.dtype != np.uint8:
        raise ValueError(f"{name} holds {image.dtype} pixels; give an image of 8 bits a channel.")
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[..., 0]
    return cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2RGB)


def write(path, image):
    """Writes an image file, aside first, so that there is never half a file.

    Args:
        path: where to; the ending chooses the format.
        image: uint8, `(height, width)` or `(height, width, 3)` in RGB.

    Raises:
        ValueError: if the format is unknown or the file cannot be written.
    """
    path = Path(path)
    pixels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
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
