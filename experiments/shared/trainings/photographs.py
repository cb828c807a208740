"""Photographs to train on, as the trainings beyond the paper take them."""

from pathlib import Path

import cv2
import numpy as np

from amp_net import images
from amp_net.images.formats.image_descriptions import SUFFIXES
from experiments.shared.result_files import RESULTS

SCALES = (1.0, 0.7, 0.5)
"""Of each photograph, for the networks on whole images; smaller ones show finer texture."""


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


def random_window(photographs: list[np.ndarray], side: int, random: np.random.Generator) -> np.ndarray:
    """A window of one of the photographs that are large enough, flipped and turned by quarters.

    Returns:
        `(side, side)`, float32 in [0, 1].
    """
    while True:
        image = photographs[random.integers(len(photographs))]
        if min(image.shape) >= side:
            break
    row, column = (random.integers(length - side + 1) for length in image.shape)
    window = image[row : row + side, column : column + side].astype("float32") / 255
    for axis in (0, 1):
        if random.random() < 0.5:
            window = np.flip(window, axis)
    return window.T if random.random() < 0.5 else window


def read_apart(folders: list[str], held_out: set[str]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Grey uint8 photographs of folders: those to train on, and those that are held out, by name."""
    read = [each for folder in folders for each in read_folder(Path(folder)).items()]
    return (
        [image for name, image in read if name not in held_out],
        [image for name, image in read if name in held_out],
    )


def held_out_names() -> set[str]:
    """Names of the photographs of BSDS500 that no training beyond the paper sees."""
    return set((RESULTS / "accelerator" / "held_out.txt").read_text().split())
