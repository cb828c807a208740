"""The pages of a TIFF file, each as a file of its own."""

import io
import struct
import warnings

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from amp_net.images.formats.two_meanings import TIFF_KINDS

MOST = 1000
"""Pages of a file at most."""
KIND, OLD_KIND, SMALLER, OLD_SMALLER = 254, 255, 1, 2
"""The tags that say what a page is, and what they hold for a smaller copy of another page."""


def is_tiff(encoded):
    """Whether the bytes are those of a TIFF file."""
    return encoded[:4] in TIFF_KINDS


def split(encoded, name):
    """The pages of a TIFF file, without smaller copies of them that programs put beside for a preview.

    Args:
        encoded: the file's bytes.
        name: what to call it in an error.

    Yields:
        The bytes of a TIFF file of one page.

    Raises:
        ValueError: if there are more pages than `MOST`, or the file is cut short.
    """
    place, said_at, count, size = TIFF_KINDS[encoded[:4]]
    width = struct.calcsize(place)
    seen = set()
    try:
        (at,) = struct.unpack_from(place, encoded, said_at)
        while at and at not in seen:
            if len(seen) == MOST:
                raise ValueError(f"{name} has more than {MOST} pages; save them as several files.")
            seen.add(at)
            (tags,) = struct.unpack_from(count, encoded, at)
            after = at + struct.calcsize(count) + tags * size
            (following,) = struct.unpack_from(place, encoded, after)
            page = bytearray(encoded)
            struct.pack_into(place, page, said_at, at)
            page[after : after + width] = bytes(width)
            page = bytes(page)
            if not _is_smaller(tags_of(page, name)):
                yield page
            at = following
    except (struct.error, OverflowError) as error:
        raise _damaged(name, error) from error


def tags_of(encoded, name):
    """The tags of a TIFF file's first page, as Pillow reads them.

    Raises:
        ValueError: if they cannot be read.
    """
    file = io.BytesIO(encoded)
    try:
        with warnings.catch_warnings():
            # Of damage, which is noticed when the pixels are read.
            warnings.simplefilter("ignore")
            directory = ImageFileDirectory_v2(file.read(TIFF_KINDS[encoded[:4]][1] * 2))
            file.seek(directory.next)
            directory.load(file)
            return dict(directory)
    except Exception as error:
        # Pillow raises many kinds of error for damaged files.
        raise _damaged(name, error) from error


def _is_smaller(tags):
    kind = tags.get(KIND, 0)
    return (isinstance(kind, int) and bool(kind & SMALLER)) or tags.get(OLD_KIND) == OLD_SMALLER


def _damaged(name, error):
    return ValueError(f"{name} cannot be read as an image; it is damaged: {error}.")
