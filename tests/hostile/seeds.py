"""Whole files of every kind that the package reads, and the bombs among them; run by `altered_inputs`."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
import PIL.Image
import scipy.io
import scipy.sparse

from amp_net import images
from amp_net.measurements import Measurements, measurement_files

RNG = np.random.default_rng(5)
IMAGE = np.kron(RNG.integers(0, 256, (3, 4, 3)), np.ones((7, 6, 1))).astype("uint8")
PILLOW = {
    "gif": ("GIF", {}),
    "jp2": ("JPEG2000", {}),
    "webp": ("WEBP", {"lossless": True}),
    "raw.tiff": ("TIFF", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
}
CONFIG = {"cs_ratio": 25, "stages": 1, "channels": 4, "block_size": 8, "spatial_attention": True}


def image_files():
    """A dict of name to the bytes of a small image."""
    plain = {
        f"image.{kind}": images.encode(f"a.{kind}", IMAGE) for kind in ("png", "jpg", "tiff", "bmp", "ppm")
    }
    plain["deep.png"] = images.encode("a.png", IMAGE.astype("uint16") * 257)
    return plain | {f"image.{name}": _by_pillow(*kind) for name, kind in PILLOW.items()}


def measurement_bytes(bits=None, dtype="uint8"):
    """A small measurement file with alpha."""
    y = RNG.normal(size=(3, 3, 3, 16)).astype("float32")
    alpha = (RNG.random((20, 19)) * (1 if dtype == "float32" else 255)).astype(dtype)
    return measurement_files.dumps(Measurements(y, 20, 19, dtype, 8, "p", "0" * 64, alpha), bits)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def mat(compressed=False):
    buffer = io.BytesIO()
    content = {"Phi": RNG.normal(size=(3, 16)), "y": scipy.sparse.eye(4), "text": "text"}
    scipy.io.savemat(buffer, content, do_compression=compressed)
    return buffer.getvalue()


def bombs():
    """A dict of name to bytes: small files that unfold, or say that they do."""
    found = {**_image_bombs(), **_array_bombs(), **_matlab_bombs()}
    found["nested.json"] = b'{"a": ' * 200_000
    found["digits.json"] = b'{"a": ' + b"9" * 10_000 + b"}"
    return found


def _by_pillow(form, options):
    buffer = io.BytesIO()
    PIL.Image.fromarray(IMAGE).save(buffer, form, **options)
    return buffer.getvalue()


def _image_bombs():
    files = image_files()
    jpeg = bytearray(files["image.jpg"])
    at = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 19_000, 19_000)
    scans = files["image.progressive.jpg"]
    scan = scans.rindex(b"\xff\xda")
    wide = bytearray(scans)
    at = wide.index(b"\xff\xc2")
    wide[at + 5 : at + 9] = struct.pack(">HH", 8000, 8000)
    jp2 = files["image.jp2"].replace(struct.pack(">II", 24, 21), struct.pack(">II", 19_000, 19_000))
    jp2 = jp2.replace(struct.pack(">II", 21, 24), struct.pack(">II", 19_000, 19_000))
    bmp = struct.pack("<2sIHHI", b"BM", 154, 0, 0, 54)
    gif = bytearray(files["image.gif"])
    gif[6:10] = b"\xff\xff\xff\xff"
    pages = _by_pillow("TIFF", {"save_all": True, "append_images": [PIL.Image.fromarray(IMAGE)] * 300})
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    colours = struct.pack("<HHBBB", 10_000, 4000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    twice = {259: (8, 1), 256: (1024, 16), 257: (1024, 16), 278: (1024,)}
    animation = struct.pack("<B3x", 2) + (13_999).to_bytes(3, "little") * 2
    still = bytearray(files["image.gif"])
    still[6:10] = struct.pack("<HH", 16_000, 16_000)
    tiles = {259: (8,), 322: (46_000, 16), 323: (46_000, 16)}
    return {
        "frames.gif": b"GIF89a" + colours + frame * 100 + b";" + bytes(10_000),
        "comment.pgm": b"P5\n16#40\n 16 255\n" + bytes(690),
        "underscore.pgm": b"P5\n1_6 16\n255\n" + bytes(256),
        "twice.tiff": _tiff(16, 16, twice, zlib.compress(bytes(2**20))),
        "tiles_twice.tiff": _tiff(16, 16, tiles, zlib.compress(bytes(256))),
        "plain.bmp": bmp + struct.pack("<IiiHHIIiiII", 40, 30_000, 30_000, 1, 24, *[0] * 6) + bytes(100),
        "runs.bmp": bmp + struct.pack("<IiiHHIIiiII", 40, 19_000, 19_000, 1, 8, 1, *[0] * 5) + bytes(100),
        "large.jpg": bytes(jpeg),
        "scans.jpg": scans[:scan] + scans[scan:-2] * 1000 + scans[-2:],
        "large_scans.jpg": bytes(wide[:scan] + wide[scan:-2] * 180 + bytes(10_000) + wide[-2:]),
        "alike.webp": b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f" + struct.pack("<I", 0x0FFFFFFF) + bytes(9),
        "canvas.webp": b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff" * 6 + bytes(4),
        "animation.webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + animation + bytes(27_000),
        "canvas.gif": bytes(still) + bytes(100_000),
        "padded.gif": bytes(gif[:6]) + struct.pack("<HH", 20_000, 20_000) + bytes(gif[10:]) + bytes(100_000),
        "padded.jp2": jp2 + bytes(40_000),
        "large.pgm": b"P5\n19000 19000\n255\n" + bytes(20),
        "larger.ppm": b"P6\n100000 100000\n255\n" + bytes(20),
        "large.jp2": jp2,
        "large.png": _png(19_000, 19_000, zlib.compress(bytes(1000))),
        "unfolds.png": _png(24, 21, zlib.compress(bytes(2**28), 1)),
        "large.gif": bytes(gif),
        "large.tiff": _tiff(19_000, 19_000),
        "tiles.tiff": _tiff(16, 16, {322: (2**20,), 323: (2**20,)}),
        "pages.tiff": pages,
        "raster.ras": struct.pack(">8I", 0x59A66A95, 30_000, 30_000, 24, 0, 1, 0, 0),
        "any.pam": b"P7\nWIDTH 30000\nHEIGHT 30000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
        "floats.pfm": b"PF\n30000 30000\n-1.0\n",
        "radiance.hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n",
    }


def _png(width, height, stream):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stream) + chunk(b"IEND", b"")


def _tiff(width, height, more=(), content=bytes(100)):
    """A TIFF whose tags have one value each, but for those of `more`, which have as many as are given."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height, 279: len(content)}
    tags = {tag: (value,) for tag, value in tags.items()} | dict(more)
    place, size = (324, 325) if 322 in tags else (273, 279)
    tags |= {size: tags.pop(279), place: (0,)}
    pairs = [(tag, value) for tag in sorted(tags) for value in tags[tag]]
    start = 8 + 2 + 12 * len(pairs) + 4
    entries = (struct.pack("<HHII", tag, 4, 1, start if tag == place else value) for tag, value in pairs)
    return b"II*\0" + struct.pack("<IH", 8, len(pairs)) + b"".join(entries) + bytes(4) + content


def _header(shape, dtype="<f4"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": dtype})
    return buffer.getvalue()


def _archive(entries):
    """An archive with some entries put in the place of those of a measurement file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(measurement_bytes(bits=8))) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **entries}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _array_bombs():
    number = {name: npy(np.array(2**20)) for name in ("height.npy", "width.npy")}
    zeros = bytes(2**26)
    return {
        "unfolds.npz": _archive({"y.npy": _header((2**12, 2**12, 1, 4), "|u1") + zeros}),
        "text.npz": _archive({"preset.npy": _header((), f"<U{2**24}") + zeros}),
        "broadcast.npz": _archive({"step.npy": _header((2**24,)) + zeros}),
        "declares.npz": _archive({"y.npy": _header((2**20, 2**20, 3, 16), "|u1")}),
        "pixels.npz": _archive(number),
        "more.npz": _archive({"more.npy": _header((2**40,))}),
        "declares.npy": _header((2**40,)) + bytes(100),
        "negative.npy": _header((-1, 2**40)) + bytes(100),
    }


def _matlab_bombs():
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {"A": scipy.sparse.csc_matrix(([1.0], ([0], [0])), shape=(30_000, 30_000))})
    start = mat()[:128]
    return {
        "sparse.mat": buffer.getvalue(),
        "declares.mat": start + _compressed(_matrix(30_000, 30_000, 8)),
        "unfolds.mat": start + _compressed(_matrix(2, 2, 2**32 - 8), 320),
    }


def _matrix(rows, columns, size):
    """The beginning of a MATLAB matrix of doubles, up to its numbers."""
    dims = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, rows, columns)
    return (
        struct.pack("<II", 14, 2**32 - 1) + dims + struct.pack("<HHI", 1, 1, 65) + struct.pack("<II", 9, size)
    )


def _compressed(start, zeros=1):
    """Something and 16 MiB of zeros, so many times, compressed as MATLAB does."""
    stream = zlib.compressobj(1)
    first = stream.compress(start) + stream.flush(zlib.Z_FULL_FLUSH)
    part = stream.compress(bytes(2**24)) + stream.flush(zlib.Z_FULL_FLUSH)
    content = first + part * zeros
    return struct.pack("<II", 15, len(content)) + content


def config_mutants():
    """Configs that are none, as JSON."""
    odd = [
        3000,
        1e30,
        20_000,
        10**400,
        -1,
        0,
        True,
        None,
        "9",
        "no",
        [],
        {},
        [9],
        {"class_name": "x"},
        0.5,
        1e-300,
    ]
    fields = [*CONFIG, "activation", "normalization", "residual", "sensing_start", "initialization_attention"]
    fields += ["channel_attention", "trainable_sensing", "sensing_gain", "epsilon", "onsager", "loss_penalty"]
    fields += ["symmetry_weight", "symmetry_fraction", "initialization_attention_units"]
    for field in fields:
        for value in odd:
            yield json.dumps({**CONFIG, field: value}).encode()
    for field in ("name", "dtype", "activity_regularizer", "layers", "build_config", "nix"):
        yield json.dumps({**CONFIG, field: {"module": "os", "class_name": "system"}}).encode()
