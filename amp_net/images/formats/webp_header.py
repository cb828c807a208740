"""What a WebP file's container says, without its pixels: Pillow makes room for all of them to say it."""

import struct

ANIMATION = 2
"""The flag of an animation in the header of an extended file."""


def size(encoded):
    """Width and height of a WebP file, or None of another or a damaged one."""
    if encoded[:4] != b"RIFF" or encoded[8:12] != b"WEBP":
        return None
    kind, body = encoded[12:16], encoded[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return tuple(side & 0x3FFF for side in struct.unpack("<HH", body[6:10]))


def is_animated(encoded):
    """Whether a WebP file is an animation, of however many pictures."""
    return encoded[12:16] == b"VP8X" and bool(encoded[20] & ANIMATION)
