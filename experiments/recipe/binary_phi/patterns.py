"""The Φ of ±1 of the network for all ratios: patterns that keep the most energy of photographs."""

import numpy as np

from amp_net.images import blocks, to_unit
from amp_net.training.data.binary_components import binary_components
from amp_net.training.data.principal_components import second_moment
from experiments.shared.trainings.photographs import SCALES, at_scales

OFFSETS = ((0, 0), (11, 17), (22, 5))
"""Where the grids of blocks begin whose energy is counted."""


def patterns_of(photographs: list[np.ndarray], block_size: int, measurements: int) -> np.ndarray:
    """Rows of ±1, int8 `(measurements, block_size²)`, see `binary_components`."""
    rows, shares = binary_components(moment_of(photographs, block_size), measurements)
    print(f"{measurements} patterns leave {shares[-1]:.2e} of the energy", flush=True)
    return rows


def moment_of(photographs: list[np.ndarray], block_size: int) -> np.ndarray:
    """The second moment of the blocks of photographs at all scales, flipped and turned every way."""
    moment = np.zeros((block_size**2, block_size**2))
    for image in at_scales(photographs, SCALES):
        for top, left in OFFSETS:
            shifted = image[top:, left:]
            height, width = (length - length % block_size for length in shifted.shape)
            if height and width:
                moment += second_moment(to_unit(blocks.split(shifted[:height, :width], block_size)))
    square = moment.reshape((block_size,) * 4)
    # Of all flips and turns, from the moment itself instead of from eight times as many blocks.
    square = square + square[::-1, :, ::-1]
    square = square + square[:, ::-1, :, ::-1]
    square = square + square.transpose(1, 0, 3, 2)
    return square.reshape(block_size**2, -1)
