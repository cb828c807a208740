"""The pictures of the report: without loss, in the fewest bytes that browsers read."""

import base64
import io

import cv2
import numpy as np
import PIL.Image

from amp_net import images

ERROR_GAIN = 5
"""The factor by which errors are brightened."""
MOST_SIDE = 768
"""Pixels of a side at most; of a larger image the page has the middle."""


def as_8_bits(image):
    """An image of 8 or 16 bits with 8."""
    return image if image.dtype == np.uint8 else images.from_unit(images.to_unit(image))


def detail(image):
    """The middle of an image `(height, width, …)`, of `MOST_SIDE` pixels a side at most."""
    for axis in (0, 1):
        start = max(image.shape[axis] - MOST_SIDE, 0) // 2
        image = image.take(range(start, start + min(image.shape[axis], MOST_SIDE)), axis)
    return image


def data_uri(image):
    """A uint8 image as a WebP without loss, for the `src` of a picture."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(image)).save(buffer, "WEBP", lossless=True, quality=80, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def colours_of_errors():
    """The colour of an error of 0 to 255, as 256 triples of RGB."""
    ramp = np.arange(256, dtype="uint8")[:, None]
    return cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO)[:, 0, ::-1].tolist()
