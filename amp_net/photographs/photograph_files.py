"""Files of one's own photographs: images of any depth, TIFF of several pages, NumPy's arrays."""

import contextlib
import io
import itertools

import cv2
import numpy as np

from amp_net.images.formats import decoder_warnings, limits, tiff_pages, two_meanings
from amp_net.images.formats.image_descriptions import SUFFIXES as OF_IMAGES
from amp_net.images.image_files import decode_unchanged
from amp_net.images.pixel_values import PIXELS, to_pixels
from amp_net.storage import arrays

NUMPY = b"\x93NUMPY"
SUFFIXES = (*OF_IMAGES, ".npy")
"""Endings of the files that count as photographs in a folder."""
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, PLANAR, SAMPLE_FORMAT = 256, 257, 258, 262, 274, 284, 339
FLOAT, MOST_BITS, APART, MIN_IS_BLACK, RGB = 3, 16, 2, 1, 2


def decode_all(encoded, name, value_range=None, max_pixels=limits.MAX_PIXELS):
    """The photographs in a file; each page of a TIFF is one.

    Args:
        encoded: the file's bytes: of an image, see `images.FORMATS`, or of an array of `numpy.save`,
            `(height, width)` or `(height, width, 1, 3 or 4)`.
        name: what to call it in an error.
        value_range: black and white where the numbers do not say it, see `to_pixels`.
        max_pixels: height times width at most, of all pages together.

    Returns:
        A list of images, `(height, width)` or `(height, width, 3)` in RGB; uint8, uint16, or float32 in
        [0, 1]. An alpha channel is left out.

    Raises:
        ValueError: if the file is damaged, too large, of another kind, or the range is not known.
    """
    if encoded[:6] == NUMPY:
        found = [_array(encoded, name, max_pixels)]
    elif tiff_pages.is_tiff(encoded):
        found, left = [], max_pixels
        for page in tiff_pages.split(encoded, name):
            found.append(_page(page, name, left))
            left -= found[-1].shape[0] * found[-1].shape[1]
        if not found:
            raise ValueError(f"{name} cannot be read as an image; it has no page.")
    else:
        found = [decode_unchanged(encoded, name, max_pixels)]
    return [to_pixels(image[..., :3] if image.ndim == 3 else image, name, value_range) for image in found]


def decode_one(encoded, name, value_range=None, max_pixels=limits.MAX_PIXELS):
    """The one image in a file, as `decode_all` reads it, but with the alpha channel of 8 and 16 bits.

    Raises:
        ValueError: as `decode_all`, or if a TIFF has several pages.
    """
    if encoded[:6] == NUMPY:
        image = _array(encoded, name, max_pixels)
    elif tiff_pages.is_tiff(encoded):
        pages = list(itertools.islice(tiff_pages.split(encoded, name), 2))
        if len(pages) > 1:
            raise ValueError(f"{name} holds more than one image; give files of one.")
        image = _page(pages[0] if pages else encoded, name, max_pixels)
    else:
        image = decode_unchanged(encoded, name, max_pixels)
    if image.dtype.name not in PIXELS and image.ndim == 3:
        image = image[..., :3]
    return to_pixels(image, name, value_range)


def _array(encoded, name, max_pixels):
    file = io.BytesIO(encoded)
    try:
        said = arrays.declared(file)
        few = file.tell() + said.nbytes <= len(encoded)
        shape = said.shape
        if few and len(shape) in (2, 3) and 0 not in shape and shape[2:] in ((), (1,), (3,), (4,)):
            limits.check(name, "npy", shape[1], shape[0], encoded, max_pixels)
            file.seek(0)
            image = np.lib.format.read_array(file, allow_pickle=False)
            return image[..., 0] if shape[2:] == (1,) else image
    except limits.TooLargeError:
        raise
    except (*arrays.DAMAGE, MemoryError) as error:
        raise ValueError(f"{name} is damaged: NumPy cannot read it as an array of numbers.") from error
    if not few:
        raise ValueError(f"{name} is cut short: it declares {said.nbytes} bytes and has {len(encoded)}.")
    raise ValueError(
        f"{name} has shape {shape}; a photograph has (height, width) or (height, width, 1, 3 or 4), and one "
        "file holds one."
    )


def _page(encoded, name, max_pixels):
    tags = tiff_pages.tags_of(encoded, name)
    bits = tags.get(BITS, (1,))
    if max(bits) <= MOST_BITS and set(_all(tags.get(SAMPLE_FORMAT, 1))) == {1}:
        return decode_unchanged(encoded, name, max_pixels)
    return _deep_page(encoded, name, max_pixels, tags)


def _deep_page(encoded, name, max_pixels, tags):
    """A page of floats, of signed or of wide numbers, which Pillow does not read in all kinds."""
    width, height = tags.get(WIDTH), tags.get(HEIGHT)
    if not (isinstance(width, int) and isinstance(height, int)):
        raise ValueError(f"{name} cannot be read as an image; it is damaged: it does not say its size.")
    limits.check(name, "TIFF", width, height, encoded, max_pixels)
    limits.check_tile_sides(name, width, height, tags)
    two_meanings.check_tiff(name, encoded)
    bits = tags.get(BITS, ())
    samples = len(bits)
    usual = {1: (MIN_IS_BLACK,), 3: (RGB,), 4: (RGB,)}.get(samples, ())
    plain = tags.get(ORIENTATION, 1) == 1 and tags.get(PHOTOMETRIC) in usual
    image = None
    # OpenCV takes planes that lie one after the other for pixels, and weights 8 bits with alpha.
    plain = plain and (samples == 1 or tags.get(PLANAR) != APART) and (samples, bits[0]) != (4, 8)
    if plain:
        with decoder_warnings.named(name), contextlib.suppress(cv2.error, MemoryError):
            image = cv2.imdecode(np.frombuffer(encoded, "uint8"), cv2.IMREAD_UNCHANGED)
    shape = (height, width) if samples == 1 else (height, width, samples)
    kind = "f" if set(_all(tags.get(SAMPLE_FORMAT, 1))) == {FLOAT} else "iu"
    fits = image is not None and image.shape == shape and image.dtype.kind in kind
    if not fits or {image.dtype.itemsize * 8} != set(bits):
        raise ValueError(
            f"{name} is damaged or a rare kind of TIFF; save it anew as grey or RGB without compression, or "
            "as .npy."
        )
    return image if samples == 1 else image[..., [2, 1, 0, *range(3, samples)]]


def _all(values):
    return values if isinstance(values, tuple) else (values,)
