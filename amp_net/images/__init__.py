"""Pixels: image files and arrays, colour, images cut into blocks, sets of photographs, PSNR and SSIM.

Nothing in here knows of measurements or networks. `image_sets` reads sets through TensorFlow Datasets where
that is installed; it is not imported by itself.
"""

from amp_net.images.image_files import (
    FORMATS,
    decode,
    decode_unchanged,
    encode,
    from_unit,
    luminance,
    read,
    read_unchanged,
    to_unit,
    write,
)
from amp_net.images.limits import MAX_PIXELS

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "decode",
    "decode_unchanged",
    "encode",
    "from_unit",
    "luminance",
    "read",
    "read_unchanged",
    "to_unit",
    "write",
]
