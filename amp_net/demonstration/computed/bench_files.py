"""A bench's files: what is understood of them, and the image they make."""

import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from amp_net.batch.frame_files import FrameFiles
from amp_net.batch.reconstructors import Reconstructors
from amp_net.bench import Acquisition, descriptions, known_patterns
from amp_net.bench.detector import Measured
from amp_net.demonstration.computed import dropped_files, pictures
from amp_net.demonstration.computed.photograph import MOST_PIXELS
from amp_net.evaluation.report.pictures import as_8_bits
from amp_net.images.formats import image_descriptions
from amp_net.measurements import measurement_files, number_files, reconstruct_image
from amp_net.storage.printable import printable

MOST_FRAMES = 16
"""That are shown."""
MOST_NAMES = 5
"""Of files, in a sentence."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What files may not say; the names are those of the flags of `reconstruct`.

    Attributes:
        phi: `"hadamard"`, `"random_01"` or `"random_pm1"`; None where a file has Φ.
        frame: height and width of a pattern, or None.
        order: of Hadamard patterns, or None.
        measurements: m, or None.
        split: one of `bench.SPLITS`.
        dark: counts in the dark.
        method: as in `Reconstructors`.
    """

    phi: str | None = None
    frame: tuple[int, int] | None = None
    order: str | None = None
    measurements: int | None = None
    split: str = "none"
    dark: float = 0.0
    method: str = "network"


@dataclasses.dataclass(frozen=True)
class Understood:
    """Attributes:
    images: uint8 `(height, width)` or `(height, width, 3)`, one a frame.
    rows: the first rows of Φ as a picture, or None.
    sentences: what was understood, as a list.
    """

    images: list[np.ndarray]
    rows: np.ndarray | None
    sentences: list[str]


def understood(y: str | Path | None, phi: Sequence[str | Path], settings: Settings) -> Understood:
    """What files of a bench say.

    Args:
        y: a file with a detector's numbers, or one that `amp_net.sense` wrote; None to look at Φ alone.
        phi: a file with Φ; or a `patterns.json`, with its `phi.npy` if it has one; or images, a pattern each;
            or none.
        settings: the rest.

    Raises:
        ValueError: if they cannot be read or are no longer there, or do not say what measured.
    """
    with _named_as_given(y, phi) as (measured, patterns):
        acquisition = _acquisition(patterns, settings)
        if measured is None:
            if acquisition is None:
                raise ValueError("There is nothing to look at: drop a file with y, with Φ, or both.")
            return Understood([], *_of_phi(acquisition))
        if not number_files.is_numbers(measured):
            if acquisition is not None:
                raise ValueError(f"{measured.name} says itself what measured it; leave out Φ.")
            return _of_ours(measured, settings)
        models = Reconstructors(settings.method)
        preset, load = models.for_acquisition(acquisition)
        frames = FrameFiles(
            acquisition,
            settings.method,
            preset,
            load,
            dark=settings.dark,
            split=settings.split,
            max_pixels=MOST_PIXELS,
        )
        found, images = frames.frames(measured)
        rows, sentences = _of_phi(found.acquisition)
        return Understood(list(images[:MOST_FRAMES]), rows, sentences + _of_y(found, images))


@contextlib.contextmanager
def _named_as_given(
    y: str | Path | None, phi: Sequence[str | Path]
) -> Iterator[tuple[Path | None, list[Path]]]:
    """The files in a folder, since some tell of others beside them; errors name no folder."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("y", "Φ"):
            (Path(folder) / name).mkdir()
        for each in (*([] if y is None else [y]), *phi):
            dropped_files.check(each)
        try:
            measured = None if y is None else Path(shutil.copy(y, f"{folder}/y"))
            yield measured, [Path(shutil.copy(each, f"{folder}/Φ")) for each in phi]
        except ValueError as error:
            told = str(error)
            for name in ("y/", "Φ/", ""):
                told = told.replace(f"{folder}/{name}", "")
            raise ValueError(told) from error


def _acquisition(patterns: list[Path], settings: Settings) -> Acquisition | None:
    """What was shown; None where no file and no setting says it."""
    if patterns and settings.phi:
        raise ValueError(f"Φ is {patterns[0].name} or {settings.phi}, not both; leave one out.")
    described = [path for path in patterns if path.suffix.lower() == ".json"]
    if described:
        found = descriptions.read(described[0])
        found = found if settings.split == "none" else known_patterns.shown_otherwise(found, settings.split)
        return known_patterns.first(found, settings.measurements) if settings.measurements else found
    if not patterns and not settings.phi:
        return None
    others = [path.name for path in patterns if path.suffix.lower() not in image_descriptions.SUFFIXES]
    if others and len(patterns) > 1:
        some = ", ".join(map(printable, others[:MOST_NAMES])) + (", …" if len(others) > MOST_NAMES else "")
        raise ValueError(
            f"Of {len(patterns)} files these are no images: {some}. Φ is one file, or images alone, of a "
            "pattern each."
        )
    place = settings.phi or str(patterns[0] if others else patterns[0].parent)
    return known_patterns.find(
        place,
        frame=settings.frame,
        order=settings.order,
        measurements=settings.measurements,
        split=settings.split,
    )


def _of_phi(acquisition: Acquisition) -> tuple[np.ndarray, list[str]]:
    operator, (height, width) = acquisition.operator, acquisition.frame
    if acquisition.matrix is None:
        count = min(pictures.ROWS, operator.measurements)
        first = acquisition.kept(np.arange(count)).operator.matrix
    else:
        first = acquisition.matrix[: pictures.ROWS]
    share = 100 * operator.measurements / acquisition.pixels
    shown = {
        "none": "as they are",
        "interleaved": "as pairs, + − + −",
        "halves": "all positive ones first",
        "white": "positive ones alone, with the white one",
    }[acquisition.split]
    kind = {"file": "from a file", "preset": f"learned, of {printable(acquisition.preset)}"}
    sentences = [
        f"Φ, {kind.get(acquisition.kind, acquisition.kind)}: {operator.measurements} patterns of "
        f"{height}×{width} pixels, a CS ratio of {share:.3g} %.",
        f"They are shown {shown}: {acquisition.shown} numbers a frame.",
    ]
    values = np.unique(first)
    sentences.append(
        f"The first rows hold {' and '.join(f'{value:.3g}' for value in values)}."
        if len(values) <= 3
        else f"The first rows hold numbers from {values[0]:.3g} to {values[-1]:.3g}."
    )
    return pictures.of_rows(first, acquisition.frame), sentences


def _of_y(found: Measured, images: np.ndarray) -> list[str]:
    frames, rows, columns, count = found.y.shape
    sentences = [
        f"y: {frames} frame{'s' * (frames > 1)} of {rows}×{columns} block{'s' * (rows * columns > 1)}, "
        f"{count} measurements each; images of {images.shape[1]}×{images.shape[2]} pixels."
    ]
    if found.noise:
        sentences.append(f"The noise of the photons is {found.noise:.3g} of white in y.")
    if frames > MOST_FRAMES:
        sentences.append(f"The first {MOST_FRAMES} frames are shown.")
    return sentences + [f"{remark[:1].upper()}{remark[1:]}." for remark in found.remarks]


def _of_ours(path: Path, settings: Settings) -> Understood:
    """Of a measurement file, which names its preset."""
    measured = measurement_files.load(path, MOST_PIXELS)
    model = Reconstructors(settings.method).for_preset(measured.preset, measured.y.shape[3])
    image = reconstruct_image(measured, model)
    rows, columns, channels, count = measured.y.shape
    side = measured.block_size
    sentences = [
        f"A measurement file of amp_net, sensed by {printable(measured.preset) or 'no named preset'}.",
        f"An image of {measured.height}×{measured.width} {measured.dtype} pixels in {rows}×{columns} blocks "
        f"of {side}×{side} and {channels} channel{'s' * (channels > 1)}; {count} measurements a block, a CS "
        f"ratio of {100 * count / side**2:.3g} %.",
    ]
    shown = pictures.of_rows(np.asarray(model.sensing.matrix)[: pictures.ROWS], (side, side))
    return Understood([as_8_bits(image[..., :3] if image.ndim == 3 else image)], shown, sentences)
