"""What each stage of a network makes of a photograph."""

from typing import Any

import numpy as np
from keras import ops

from amp_net import images
from amp_net.demonstration.computed import methods
from amp_net.images import quality
from amp_net.measurements import sense_image


def estimates(
    photograph: np.ndarray, name: str, cs_ratio: float, noise_std: float = 0.0
) -> list[tuple[np.ndarray, float]]:
    """x(0), x(1) … x(K) of the whole image.

    Args:
        photograph: `(height, width)`; uint8, uint16, or float32 in [0, 1].
        name: of a network of `methods.names`.
        cs_ratio: in percent.
        noise_std: as in `side_by_side.rebuilt`.

    Returns:
        A list of uint8 images `(height, width)` and their PSNR in dB.

    Raises:
        ValueError: if the method has no stages.
    """
    network: Any = methods.trained(name, cs_ratio)
    if network is None:
        raise ValueError(f"{name} has no stages of its own to look at; choose one of the networks.")
    original = images.to_unit(photograph)
    sensing = methods.find(name, methods.ratio_of(name, cs_ratio))
    y = sense_image(original, sensing, noise_std=noise_std).y[None, :, :, 0]
    height, width = photograph.shape
    found = []
    for estimate in network.estimates(y):
        pixels = ops.convert_to_numpy(estimate)[0, :height, :width, 0]
        found.append((images.from_unit(pixels), quality.psnr(original, pixels)))
    return found
