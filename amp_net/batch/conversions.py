"""How `sense` and `reconstruct` convert one file: bytes in, bytes out, wherever the files are."""

import dataclasses
import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, TypeVar

import numpy as np

from amp_net import images
from amp_net.batch.reconstructors import Reconstructors
from amp_net.images import software_mark
from amp_net.images.pixel_values import check_range
from amp_net.measurements import Measurements, measurement_files, reconstruct_image, sense_image
from amp_net.models import networks
from amp_net.photographs import photograph_files
from amp_net.storage import file_sizes
from amp_net.storage.kept import Kept

AnyPath = TypeVar("AnyPath", bound=PurePath)


@dataclasses.dataclass
class Converted:
    """A new file's content.

    Attributes:
        content: bytes.
        image: what was sensed or rebuilt, an array as `images.read_unchanged` gives it.
        blocks: how many blocks it has, in all channels.
    """

    content: bytes
    image: np.ndarray
    blocks: int


class SenseFile:
    """Image files to measurement files.

    >>> photograph = images.encode("grey.png", np.full((33, 66), 128, "uint8"))
    >>> made = SenseFile("amp_net_cs25").convert(photograph, PurePath("grey.png"), "grey.png")
    >>> measurement_files.loads(made.content, "grey.png.npz").y.shape
    (1, 2, 1, 272)

    Args:
        preset: name or folder of the preset whose sensing matrix measures; its name is recorded.
        noise_std: as in `sense_image`.
        seed: of the noise, with each file's place.
        bits: as in `measurement_files.dumps`.
        cs_ratio: in percent, for a preset for all ratios; else None.
        max_pixels: as in `images.read`.
        value_range: black and white in images whose numbers do not say it, see `to_pixels`; or None.

    Attributes:
        largest: bytes of a file at most.

    Raises:
        ValueError: if there is no such preset, or it does not take this CS ratio.
    """

    def __init__(
        self,
        preset: str,
        noise_std: float = 0.0,
        seed: int = 0,
        bits: int | None = None,
        cs_ratio: float | None = None,
        max_pixels: int = images.MAX_PIXELS,
        value_range: Sequence[float] | None = None,
    ) -> None:
        self.preset, self.noise_std, self.seed, self.bits = preset, noise_std, seed, bits
        self.max_pixels, self.largest = max_pixels, file_sizes.image(max_pixels)
        self.value_range = check_range(value_range)
        self.model = networks.load(preset, cs_ratio)

    @staticmethod
    def target(place: AnyPath) -> AnyPath:
        """The file of an image's measurements: photograph.png to photograph.png.npz."""
        return place.with_name(f"{place.name}.npz")

    def convert(self, content: bytes, place: PurePath, name: str | Path) -> Converted:
        """The measurement file of an image file.

        Args:
            content: the image file's bytes.
            place: its path in the folder it was found in.
            name: what to call it in an error.

        Raises:
            ValueError: if it is no image that can be read.
        """
        image = photograph_files.decode_one(content, name, self.value_range, self.max_pixels)
        # Other noise in each file, and the same whatever else is in the folder.
        seed = (self.seed, zlib.crc32(os.fsencode(PurePosixPath(place).as_posix())))
        measured = sense_image(image, self.model, self.preset, self.noise_std, seed)
        return Converted(measurement_files.dumps(measured, self.bits), image, _count(measured))


class RebuildFile:
    """Measurement files to image files.

    >>> photograph = images.encode("grey.png", np.full((33, 66), 128, "uint8"))
    >>> made = SenseFile("amp_net_cs25").convert(photograph, PurePath("grey.png"), "grey.png")
    >>> rebuilding = RebuildFile(Reconstructors("pinv"))
    >>> rebuilding.convert(made.content, PurePath("grey.png.npz"), "grey.png.npz").image.shape
    (33, 66)

    Args:
        models: `Reconstructors`.
        file_format: `"png"` or `"tiff"`, for images whose source was neither.
        way: as in `reconstruct_image`.
        max_pixels: as in `measurement_files.load`.

    Attributes:
        largest: bytes of a file at most.
    """

    def __init__(
        self,
        models: Reconstructors,
        file_format: str = "png",
        way: str | None = None,
        max_pixels: int = images.MAX_PIXELS,
    ) -> None:
        self.models, self.file_format, self.way = models, file_format, way
        self.max_pixels, self.largest = max_pixels, file_sizes.measurements(max_pixels)

    @staticmethod
    def target(place: AnyPath, file_format: str) -> AnyPath:
        """photograph.png.npz to photograph.png, photograph.jpg.npz to photograph.jpg.png."""
        source = place.with_suffix("")
        if source.suffix.lower() in (".png", ".tif", ".tiff"):
            return source
        return source.with_name(f"{source.name}.{file_format}")

    def convert(
        self, content: bytes, place: PurePath, name: str | Path, keep_in: Path | None = None
    ) -> Converted:
        """The image file of a measurement file.

        Args:
            content, place, name: as in `SenseFile.convert`.
            keep_in: folder for the pieces of a large image until it is finished; None to keep none.

        Raises:
            ValueError: if it is damaged, or was made with another sensing matrix than the preset's.
        """
        measured = measurement_files.loads(content, name, self.max_pixels)
        model = self.models.for_preset(measured.preset, measured.y.shape[3])
        return self.rebuild(measured, model, self.target(place, self.file_format), keep_in)

    def rebuild(
        self, measured: Measurements, model: Any, target: PurePath, keep_in: Path | None = None
    ) -> Converted:
        """The image file of measurements, in the format of the target's ending, marked as ours."""
        kept = None
        if keep_in is not None:
            y = hashlib.sha256(np.ascontiguousarray(measured.y).tobytes()).hexdigest()
            shapes = [*measured.y.shape, measured.height, measured.width, measured.dtype]
            kept = Kept(keep_in, [y, shapes, self.way, self.models.identity(measured.preset)])
        image = reconstruct_image(measured, model, self.way, kept)
        if image.dtype == np.float32:
            # Of an array that was sensed; no format of ours holds floats.
            image = images.from_unit(image, "uint16")
        return Converted(software_mark.marked(images.encode(target, image)), image, _count(measured))


def _count(measured: Measurements) -> int:
    return int(np.prod(measured.y.shape[:3]))
