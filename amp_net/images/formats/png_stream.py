"""Whether a PNG's compressed stream is whole: its chunks' checksums hold even where a chunk is missing."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by PNG's colour type."""
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of Adam7: the first column and row, and the steps to the next."""
PART = 2**20


def is_whole(encoded):
    """Whether the stream ends as it should, with its checksum, and holds as many bytes as the header says.

    Args:
        encoded: the bytes of a PNG file whose chunks' checksums hold.
    """
    header, parts = None, []
    for kind, body in _chunks(encoded):
        if kind == b"IHDR" and header is None:
            header = body
        elif kind == b"IDAT":
            parts.append(body)
    if header is None or len(header) != 13:
        return False
    expected = _length(*struct.unpack(">IIBBxxB", header))
    stream, length = zlib.decompressobj(), 0
    try:
        for part in parts:
            while part and not stream.eof:
                # In parts, since a stream may hold more than its image.
                length += len(stream.decompress(part, PART))
                part = stream.unconsumed_tail
                if length > expected:
                    return False
    except zlib.error:
        return False
    return stream.eof and length == expected


def _chunks(encoded):
    """The kinds and bodies of a PNG's chunks."""
    at = len(SIGNATURE)
    while at + 8 <= len(encoded):
        (length,) = struct.unpack_from(">I", encoded, at)
        yield encoded[at + 4 : at + 8], encoded[at + 8 : at + 8 + length]
        at += length + 12


def _length(width, height, bits, colour, interlaced):
    """Bytes of an image before compression, with the one a row that names its filter."""
    if colour not in SAMPLES:
        return 0
    passes = PASSES if interlaced else ((0, 0, 1, 1),)
    sides = [(-(-(width - x) // right), -(-(height - y) // down)) for x, y, right, down in passes]
    rows = [(columns, rows) for columns, rows in sides if columns > 0 and rows > 0]
    return sum(count * (1 + -(-columns * bits * SAMPLES[colour] // 8)) for columns, count in rows)
