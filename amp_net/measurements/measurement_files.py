"""Measurement files: one `.npz` an image, read without pickle and only if it is whole."""

import hashlib
import io
import tokenize
import zipfile
import zlib

import numpy as np

from amp_net.measurements import Measurements
from amp_net.storage import files

VERSION = 1
TEXTS = ("dtype", "preset", "phi_sha256")
NUMBERS = ("height", "width", "block_size")
ENTRIES = ("version", "content_sha256", "y", "step", "low", "alpha", *TEXTS, *NUMBERS)
BITS = range(4, 17)
DAMAGE = (
    *(ValueError, EOFError, KeyError, TypeError, AttributeError, SyntaxError, MemoryError, OverflowError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)
"""What NumPy and zipfile raise for files with altered bytes."""


def save(path, measurements, bits=None):
    """Writes a measurement file, all or nothing: the bytes of `dumps`."""
    files.write(path, dumps(measurements, bits))


def dumps(measurements, bits=None):
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
    entries = {"version": VERSION}
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


def load(path):
    """Reads a measurement file.

    Raises:
        ValueError: if it is missing, no measurement file, of another version, cut short or altered.
    """
    return loads(files.read(path), path)


def loads(content, path):
    """The measurements in the bytes of a file.

    Args:
        content: bytes.
        path: what to call the file in an error.

    Raises:
        ValueError: as `load`.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            # What else there may be is not read: it could be of any size.
            entries = {name: archive[name] for name in archive.files if name in ENTRIES}
            others = sorted({*archive.files} - {*ENTRIES})
    except OSError as error:
        raise ValueError(f"{path} cannot be read: it is cut short.") from error
    except DAMAGE as error:
        raise ValueError(f"{path} is no measurement file, or a damaged one.") from error
    # NumPy hands out as they are the bytes of an entry that does not begin as an array does.
    if not all(isinstance(value, np.ndarray) for value in entries.values()):
        raise ValueError(f"{path} is no measurement file, or a damaged one.")
    version = entries.get("version")
    if version is None or version.shape or version.dtype.kind not in "iu":
        raise ValueError(f"{path} is no measurement file of amp_net.")
    if int(version) != VERSION:
        raise ValueError(f"{path} has format {version}; this version of amp_net reads {VERSION}.")
    if others:
        raise ValueError(f"{path} holds {others[0]!r} too, which no measurement file does.")
    digest = entries.pop("content_sha256", None)
    if str(digest) != _digest(entries):
        raise ValueError(f"{path} is damaged: its content does not have the SHA-256 that it records.")
    try:
        y = entries["y"]
        if "step" in entries:
            y = y.astype("float32") * entries["step"] + entries["low"]
        fields = {name: str(entries[name]) for name in TEXTS} | {name: int(entries[name]) for name in NUMBERS}
        return Measurements(y=y, alpha=entries.get("alpha"), **fields)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"{path} is refused: {error}") from error


def check_bits(bits):
    """Raises a ValueError for bits that measurements cannot be stored with."""
    if bits not in BITS:
        raise ValueError(f"Measurements are stored with {BITS[0]} to {BITS[-1]} bits, not {bits}.")


def quantize(y, bits):
    """Measurements in steps, `2**bits` of them from each measurement's least to its greatest value.

    These two stand in the file as well, 8 bytes for each of the m. Of an image of one block they are the
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
