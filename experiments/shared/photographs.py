"""Photographs to train on, as the trainings beyond the paper take them."""

from pathlib import Path

import cv2
import numpy as np

from amp_net import images
from amp_net.images.formats.image_descriptions import SUFFIXES


def read_folder(folder: Path) -> dict[str, np.ndarray]:
    """All photographs of a folder as grey uint8 images by name, sorted by it.

    Raises:
        ValueError: if there are none, or one cannot be read.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    photographs = {path.name: images.luminance(images.read(path)) for path in paths}
    if not photographs:
        raise ValueError(f"{folder} holds no photographs ({', '.join(SUFFIXES)}).")
    return photographs


def at_scales(photographs: list[np.ndarray], scales: tuple[float, ...]) -> list[np.ndarray]:
    """Each photograph at each scale, 1 or smaller."""
    return [
        photograph
        if scale == 1
        else cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for photograph in photographs
        for scale in scales
    ]
