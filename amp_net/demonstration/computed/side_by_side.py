"""One photograph, sensed and rebuilt by several methods."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from amp_net import images
from amp_net.demonstration.computed import methods
from amp_net.evaluation import measured
from amp_net.measurements import reconstruct_image, sense_image

WAYS = {"whole": "whole image", "blockwise": "block by block"}
"""As in `reconstruct_image`, and what the page calls them."""


@dataclasses.dataclass(frozen=True)
class Rebuilt:
    """What a method made of a photograph.

    Attributes:
        method: its name, one of `methods.names`.
        cs_ratio: in percent, see `methods.ratio_of`.
        image: uint8, of the photograph's shape.
        error: absolute error in [0, 1], `(height, width)`; in colour the mean over the channels.
        psnr, ssim: in dB, and in [−1, 1], as `evaluate` gives them.
        way: one of `WAYS`.
        numbers: how many were measured, in all channels.
        size: bytes of these as float32.
        seconds: to sense and to rebuild.
    """

    method: str
    cs_ratio: float
    image: np.ndarray
    error: np.ndarray
    psnr: float
    ssim: float
    way: str
    numbers: int
    size: int
    seconds: float

    @property
    def label(self) -> str:
        """The method's name with the CS ratio."""
        return f"{self.method}, {self.cs_ratio:g} %"


def rebuilt(
    photograph: np.ndarray,
    names: Sequence[str],
    cs_ratio: float,
    noise_std: float = 0.0,
    way: str = "whole",
) -> Iterator[Rebuilt]:
    """Each method's reconstruction, as it comes.

    Args:
        photograph: `(height, width)` or `(height, width, 3)`; uint8, uint16, or float32 in [0, 1].
        names: of `methods.names`.
        cs_ratio: in percent.
        noise_std: standard deviation of the noise on y, relative to its RMS.
        way: one of `WAYS`; a method that does not have it goes its first.

    Raises:
        ValueError: if the ratio is none that the method takes.
    """
    for name in names:
        ratio = methods.ratio_of(name, cs_ratio)
        model = methods.find(name, ratio, noise_std if name == methods.ANY_PHI else 0.0)
        chosen = way if way in model.WAYS else model.WAYS[0]
        # Compiled before the time is taken, as `evaluate` does it.
        measured.rebuild(model, np.zeros((model.block_size,) * 2, "float32"), chosen)
        taken: list[np.ndarray] = []

        def through(
            image: np.ndarray, model: Any = model, chosen: str = chosen, taken: list[np.ndarray] = taken
        ) -> np.ndarray:
            measurements = sense_image(image, model, noise_std=noise_std)
            taken.append(measurements.y)
            return reconstruct_image(measurements, model, chosen)

        row, restored = measured.compare(through, photograph)
        error = np.abs(restored - images.to_unit(photograph))
        yield Rebuilt(
            name,
            ratio,
            images.from_unit(restored),
            error if error.ndim == 2 else error.mean(axis=2),
            row["psnr"],
            row["ssim"],
            chosen,
            taken[0].size,
            taken[0].nbytes,
            row["seconds"],
        )
