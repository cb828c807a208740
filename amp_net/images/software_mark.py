"""The mark of this package in the image files that it writes, as the software that made them."""

import struct
import zlib

NAME = b"amp_net"
TEXT = b"tEXtSoftware\0" + NAME
PNG_CHUNK = struct.pack(">I", len(TEXT) - 4) + TEXT + struct.pack(">I", zlib.crc32(TEXT))
AFTER_HEADER = 33
"""Where the chunk stands in a PNG: behind the signature and `IHDR`."""
TIFF = b"II*\0"
SOFTWARE, ASCII = 305, 2
"""TIFF's tag for the program that wrote a file, and its type."""


def marked(encoded):
    """A PNG or TIFF file, as OpenCV writes it, that names this package as its software."""
    if encoded.startswith(b"\x89PNG"):
        return encoded[:AFTER_HEADER] + PNG_CHUNK + encoded[AFTER_HEADER:]
    (at,) = struct.unpack_from("<I", encoded, 4)
    (count,) = struct.unpack_from("<H", encoded, at)
    entries = [encoded[at + 2 + 12 * index : at + 14 + 12 * index] for index in range(count)]
    following = encoded[at + 2 + 12 * count : at + 6 + 12 * count]
    text = NAME + b"\0"
    start = len(encoded) + len(encoded) % 2
    behind = start + 2 + 12 * (count + 1) + 4
    entries.append(struct.pack("<HHII", SOFTWARE, ASCII, len(text), behind))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + following
    # Its directory once more, at the end, since there is no room for one entry more where it was.
    return TIFF + struct.pack("<I", start) + encoded[8:].ljust(start - 8, b"\0") + directory + text


def is_marked(file):
    """Whether an open file is an image that was `marked`."""
    start = file.read(AFTER_HEADER + len(PNG_CHUNK))
    if start.startswith(TIFF) and len(start) > len(NAME) + 1:
        file.seek(-len(NAME) - 1, 2)
        return file.read() == NAME + b"\0"
    return start.endswith(PNG_CHUNK)
