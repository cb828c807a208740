"""What `sense` makes of a photograph for a camera with a Φ that is given: the numbers of its detector."""

import io
import os
import zlib
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath
from typing import Any

import numpy as np

from amp_net import images
from amp_net.batch import ownership
from amp_net.batch.conversions import Converted
from amp_net.bench import Acquisition, simulation
from amp_net.images.pixel_values import check_range
from amp_net.photographs import photograph_files
from amp_net.storage import file_sizes


class SimulatedFile:
    """Image files to `.npz` files with a detector's numbers as `y`, as `detector.measured` takes them.

    >>> bench = Acquisition("hadamard", (4, 4), rows=np.arange(8), split="halves")
    >>> photograph = images.encode("grey.png", np.full((8, 8), 128, "uint8"))
    >>> made = SimulatedFile(bench, photons=100).convert(photograph, PurePath("grey.png"), "grey.png")
    >>> np.load(io.BytesIO(made.content))["y"].shape
    (16,)

    Args:
        acquisition: an `Acquisition`.
        grid: rows and columns of frames beside each other, or None for one.
        photons, dark, drift, noise_std: as in `simulation.numbers_of`.
        seed: of the noise, with each file's place.
        max_pixels: as in `images.read`.
        value_range: as in `SenseFile`.
    """

    def __init__(
        self,
        acquisition: Acquisition,
        grid: tuple[int, int] | None = None,
        photons: float | None = None,
        dark: float = 0.0,
        drift: float = 0.0,
        noise_std: float = 0.0,
        seed: int = 0,
        max_pixels: int = images.MAX_PIXELS,
        value_range: Sequence[float] | None = None,
    ) -> None:
        self.acquisition, self.grid = acquisition, grid or (1, 1)
        self.photons, self.dark, self.drift, self.noise_std = photons, dark, drift, noise_std
        self.seed, self.max_pixels = seed, max_pixels
        self.value_range = check_range(value_range)
        self.largest = file_sizes.image(max_pixels)

    @staticmethod
    def target(place: PurePath) -> Any:
        """Where the numbers of an image go: photograph.png to photograph.png.npz."""
        return place.with_name(f"{place.name}.npz")

    def convert(self, content: bytes, place: PurePath, name: Any) -> Converted:
        """The `.npz` file of an image file; see `SenseFile.convert`."""
        image = photograph_files.decode_one(content, name, self.value_range, self.max_pixels)
        scene = simulation.scene_of(image, self.acquisition.frame, self.grid)
        seed = (self.seed, zlib.crc32(os.fsencode(PurePosixPath(place).as_posix())))
        numbers = simulation.numbers_of(
            scene, self.acquisition, self.photons, self.dark, self.drift, self.noise_std, seed
        )
        buffer = io.BytesIO()
        np.savez(buffer, y=numbers[0, 0] if self.grid == (1, 1) else numbers)
        return Converted(
            ownership.marked_archive(buffer.getvalue()), image, numbers.shape[0] * numbers.shape[1]
        )
