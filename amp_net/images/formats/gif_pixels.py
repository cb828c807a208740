"""The pixels of a GIF. OpenCV would take 9 bytes of memory for each, and leaves some of them to its taste."""

import numpy as np

STRIP = 2**22
"""Pixels that are turned into colours at once."""


def read(image):
    """The colours of a GIF's first picture.

    Args:
        image: as Pillow opens it.

    Returns:
        uint8 `(height, width, 3)` in RGB, or `(height, width, 4)` in RGBA if a colour is transparent.
    """
    mode = "RGBA" if "transparency" in image.info else "RGB"
    pixels = np.empty((image.height, image.width, len(mode)), "uint8")
    step = max(1, STRIP // image.width)
    for top in range(0, image.height, step):
        bottom = min(top + step, image.height)
        pixels[top:bottom] = image.crop((0, top, image.width, bottom)).convert(mode)
    return pixels
