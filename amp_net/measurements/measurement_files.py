"""Measurement files: one `.npz` an image, read without pickle and only if it is whole."""

import contextlib
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from amp_net.images.formats.limits import LARGEST_BLOCK, LONGEST_SIDE, MAX_PIXELS
from amp_net.measurements import DTYPES, Measurements
from amp_net.storage import arrays, file_sizes
from amp_net.storage.disk import files

VERSION = 1
TEXTS = ("dtype", "preset", "phi_sha256")
NUMBERS = ("height", "width", "block_size")
ENTRIES = ("version", "content_sha256", "y", "step", "low", "alpha", *TEXTS, *NUMBERS)
BITS = range(4, 17)
LONGEST_TEXT = 1024
"""Characters of a text at most; a preset may be named by its folder."""


def save(path: str | Path, measurements: Measurements, bits: int | None = None) -> None:
    """Writes a measurement file, all or nothing: the bytes of `dumps`."""
    files.write(path, dumps(measurements, bits))


def dumps(measurements: Measurements, bits: int | None = None) -> bytes:
    """The bytes of a measurement file.

    Its entries: `version`; `y`, float32 `(block rows, block columns, channels, m)`, or with `bits` unsigned
    integers of which `y = codes · step + low`, with a `step` and a `low` for each of the m; `height`,
    `width`, `block_size`, `dtype` of the pixels, `preset`, `phi_sha256`, `alpha` if there is one; and
    `content_sha256`, over all of these.

    Args:
        measurements: `Measurements`.
        bits: 4 to 16 for quantised measurements, which are then stored as uint8 or uint16 and compressed;
            None for float32.

    Raises:
        ValueError: if the bits are out of range.
    """
    entries: dict[str, Any] = {"version": VERSION}
    entries |= {name: getattr(measurements, name) for name in (*TEXTS, *NUMBERS)}
    if measurements.alpha is not None:
        entries["alpha"] = measurements.alpha
    entries |= {"y": measurements.y} if bits is None else quantize(measurements.y, bits)
    entries = {name: np.asarray(value) for name, value in entries.items()}
    entries["content_sha256"] = np.asarray(_digest(entries))
    buffer = io.BytesIO()
    # Floats do not get smaller by compression, only slower; codes of few bits do.
    (np.savez if bits is None else np.savez_compressed)(buffer, **entries)
    return buffer.getvalue()


def load(path: str | Path, max_pixels: int = MAX_PIXELS) -> Measurements:
    """Reads a measurement file.

    Args:
        path: of the file.
        max_pixels: that its image may have, height times width.

    Raises:
        ValueError: if it is missing, no measurement file, of another version, cut short or altered, or its
            image too large.
    """
    return loads(files.read(path, file_sizes.measurements(max_pixels)), path, max_pixels)


def loads(content: bytes, path: str | Path, max_pixels: int = MAX_PIXELS) -> Measurements:
    """The measurements in the bytes of a file.

    What the file declares is checked before any of it is read, so that no more memory is used than an
    image of so many pixels needs.

    Args:
        content: bytes.
        path: what to call the file in an error.
        max_pixels: as in `load`.

    Raises:
        ValueError: as `load`.
    """
    with _damage_told(path):
        archive = arrays.archive_in(content)
        found = arrays.members(archive)
        ours = {name: declared for name, declared in found.items() if name in ENTRIES}
        if None in ours.values():
            raise ValueError("an entry that is no array")

    def entry(name):
        with _damage_told(path):
            return arrays.read_member(archive, name)

    if "version" not in ours or ours["version"].shape or ours["version"].dtype.kind not in "iu":
        raise ValueError(f"{path} is no measurement file of amp_net.")
    version = int(entry("version"))
    if version != VERSION:
        raise ValueError(f"{path} has format {version}; this version of amp_net reads {VERSION}.")
    others = sorted({*found} - {*ENTRIES})
    if others:
        raise ValueError(f"{path} holds {others[0][:LONGEST_TEXT]!r} too, which no measurement file does.")
    try:
        _check_fields(ours)
        texts, numbers = ({name: entry(name).item() for name in names} for names in (TEXTS, NUMBERS))
        _check_sizes(ours, texts["dtype"], **numbers, max_pixels=max_pixels)
    except ValueError as error:
        raise ValueError(f"{path} is refused: {error}") from error
    entries = {name: entry(name) for name in ours if name != "content_sha256"}
    if "content_sha256" not in ours or str(entry("content_sha256")) != _digest(entries):
        raise ValueError(f"{path} is damaged: its content does not have the SHA-256 that it records.")
    y = entries["y"]
    try:
        if "step" in entries:
            with np.errstate(over="ignore", invalid="ignore"):
                y = y.astype("float32") * entries["step"] + entries["low"]
        return Measurements(y=y, alpha=entries.get("alpha"), **texts, **numbers)
    except ValueError as error:
        raise ValueError(f"{path} is refused: {error}") from error
    except MemoryError as error:
        raise ValueError(f"{path} is refused: it needs more memory than there is.") from error


@contextlib.contextmanager
def _damage_told(path):
    """Turns what NumPy and zipfile raise for damaged files into one sentence."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{path} cannot be read: it is cut short.") from error
    except arrays.DAMAGE as error:
        raise ValueError(f"{path} is no measurement file, or a damaged one.") from error
    except MemoryError as error:
        raise ValueError(f"{path} cannot be read: it needs more memory than there is.") from error


def _check_fields(declared):
    """Refuses a file without an entry, or with one of another type."""
    for name in ("y", *TEXTS, *NUMBERS):
        if name not in declared:
            raise ValueError(f"It has no {name}.")
    for name in (*TEXTS, *NUMBERS, "content_sha256"):
        kinds, longest = ("iu", 8) if name in NUMBERS else ("U", 4 * LONGEST_TEXT)
        of = declared.get(name)
        if of is not None and (of.shape or of.dtype.kind not in kinds or of.dtype.itemsize > longest):
            what = "a whole number" if name in NUMBERS else f"a text of at most {LONGEST_TEXT} characters"
            raise ValueError(f"Its {name} is not {what}.")
    quantized = [name for name in ("step", "low") if name in declared]
    if len(quantized) == 1:
        raise ValueError(f"It has {quantized[0]}, but not the other of step and low.")
    kinds = ("uint8", "uint16") if quantized else ("float32",)
    if declared["y"].dtype not in kinds:
        raise ValueError(f"y is {declared['y'].dtype}; it must be {' or '.join(kinds)}.")
    if any(declared[name].dtype != "float32" for name in quantized):
        raise ValueError("step and low are not float32.")


def _check_sizes(declared, dtype, height, width, block_size, max_pixels):
    """Refuses an image that is too large, and arrays that are not of the shapes that it needs."""
    if not (0 < height <= LONGEST_SIDE and 0 < width <= LONGEST_SIDE and height * width <= max_pixels):
        raise ValueError(
            f"An image of {height}×{width} pixels is not rebuilt; it has {max_pixels} at most, up to "
            f"{LONGEST_SIDE} a side; --max_pixels sets the first."
        )
    if not 0 < block_size <= LARGEST_BLOCK:
        raise ValueError(
            f"Blocks of {block_size}×{block_size} are not read; up to {LARGEST_BLOCK} a side are."
        )
    if dtype not in DTYPES:
        raise ValueError(f"The pixels are {dtype[:20]!r}; they must be {', '.join(DTYPES)}.")
    grid = tuple(-(-side // block_size) for side in (height, width))
    shape = declared["y"].shape
    if len(shape) != 4 or shape[:2] != grid or shape[2] not in (1, 3) or not 0 < shape[3] <= block_size**2:
        raise ValueError(
            f"The measurements have shape {shape}; an image of {height}×{width} pixels needs ({grid[0]}, "
            f"{grid[1]}, 1 or 3, m), with m from 1 to {block_size**2}."
        )
    for name in ("step", "low"):
        if name in declared and declared[name].shape != shape[3:]:
            raise ValueError(f"{name} has shape {declared[name].shape}, not {shape[3:]}.")
    if "alpha" in declared and (declared["alpha"].shape, declared["alpha"].dtype) != ((height, width), dtype):
        raise ValueError("There is an alpha channel which does not fit the image.")


def check_bits(bits: int) -> None:
    """Raises a ValueError for bits that measurements cannot be stored with."""
    if bits not in BITS:
        raise ValueError(f"Measurements are stored with {BITS[0]} to {BITS[-1]} bits, not {bits}.")


def quantize(y, bits):
    """Measurements in steps, `2**bits` of them from each measurement's least to its greatest value.

    These two are in the file as well, 8 bytes for each of the m. Of an image of one block they are the
    measurements themselves, which then are kept exactly.

    Args:
        y: `(..., m)`.
        bits: 4 to 16.

    Returns:
        A dict of `y`, the codes as uint8 or uint16, and float32 `step` and `low`, `(m,)`.

    Raises:
        ValueError: if the bits are out of range.
    """
    check_bits(bits)
    flat = y.reshape(-1, y.shape[-1])
    low, high = flat.min(0), flat.max(0)
    step = (high - low) / np.float32(2**bits - 1)
    codes = np.round((y - low) / np.where(step, step, 1))
    return {"y": codes.astype("uint8" if bits <= 8 else "uint16"), "step": step, "low": low}


def _digest(entries):
    digest = hashlib.sha256()
    for name, value in sorted(entries.items()):
        digest.update(f"{name} {value.dtype.str} {value.shape} ".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
