"""Pixels: image files and arrays, colour, images cut into blocks, PSNR and SSIM.

Nothing in here knows of measurements or networks. What formats of files say of themselves is in `formats`.
"""

from typing import TYPE_CHECKING, Any

from amp_net.images.formats.limits import MAX_PIXELS

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    # Only when it is asked for: OpenCV reads its settings when it is imported, and commands set them first.
    if name in __all__:
        from amp_net.images import image_files

        return getattr(image_files, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
