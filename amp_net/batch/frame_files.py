"""What `reconstruct` makes of a file with a detector's numbers: an image, or one for each frame."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from amp_net import images
from amp_net.batch import ownership, solvers
from amp_net.bench import detector, known_patterns, pattern_files
from amp_net.bench.acquisition import Acquisition
from amp_net.images import software_mark
from amp_net.measurements import number_files
from amp_net.storage.disk import files, folders
from amp_net.storage.kept import Kept

WHITE = 99.9
"""The percentile of all frames' pixels that becomes white where the gain is estimated."""
MOST_PIXELS = 2**28
"""Of all frames of a file."""
MILLISECONDS = 100
"""That each frame of an animation is shown."""


class FrameFiles:
    """Files of a detector's numbers to image files.

    >>> import tempfile
    >>> bench = Acquisition("hadamard", (4, 4), rows=np.arange(16))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/y.npy", np.eye(16)[0])
    ...     _, frames = FrameFiles(bench, "pinv", scale=1.0).frames(Path(folder, "y.npy"))
    >>> frames.shape
    (1, 4, 4)

    Args:
        acquisition: an `Acquisition`; None where each file holds its Φ too, or a preset's is meant.
        method: as in `solvers.solver`.
        preset: of a network for any Φ, or with `model`, name of the preset whose Φ it is; or None.
        load: a function of m that gives the network of a preset for one Φ; None to take one for any Φ.
        way: as in `reconstruct_image`, for such a network.
        variable: of the file, which array.
        grid, dark, scale: as in `detector.measured`.
        noise_std: standard deviation of the noise in y, relative to y's root mean square; None for that of
            the photons, where y is of counts.
        size: height and width of the images, if smaller than the grid; or None.
        depth: `"uint8"` or `"uint16"`.
        animated: whether several frames become one animated PNG.
        split: of a Φ that stands in the file.
        max_pixels: of an image.
        identity: a function that gives what identifies what rebuilds, as JSON; None to keep no pieces of a
            large image.
    """

    def __init__(
        self,
        acquisition: Acquisition | None = None,
        method: str = "network",
        preset: str | None = None,
        load: Callable[[int], Any] | None = None,
        way: str | None = None,
        variable: str | None = None,
        grid: tuple[int, int] | None = None,
        dark: Any = 0.0,
        scale: float | None = None,
        noise_std: float | None = None,
        size: tuple[int, int] | None = None,
        depth: str = "uint8",
        animated: bool = False,
        split: str = "none",
        max_pixels: int = images.MAX_PIXELS,
        identity: Callable[[], Any] | None = None,
    ) -> None:
        self.acquisition, self.method, self.preset, self.load, self.way = (
            acquisition,
            method,
            preset,
            load,
            way,
        )
        self.variable, self.grid, self.dark, self.scale = variable, grid, dark, scale
        self.noise_std, self.size, self.depth, self.animated = noise_std, size, depth, animated
        self.split, self.max_pixels, self.identity = split, max_pixels, identity
        self.solvers: dict[str, solvers.Solver] = {}

    def work(self, source: Path, target: Path, overwrite: bool = False) -> str:
        """Makes the image file, or for several frames a folder of them, and says what was done in a line."""
        pieces = target.with_name(f".{target.name}.pieces")
        found, frames = self.frames(source, pieces)
        shape = "×".join(map(str, frames.shape[1:]))
        told = "".join(f"; {remark}" for remark in found.remarks)
        if len(frames) == 1 or self.animated:
            ownership.check(target)
            content = _animation(frames, target) if len(frames) > 1 else images.encode(target, frames[0])
            files.write(target, software_mark.marked(content))
            Kept(pieces, None).finish()
            several = f"{len(frames)} frames of " if len(frames) > 1 else ""
            return f"{target}  {several}{shape} {frames.dtype}{told}"
        folder = target.with_suffix("")
        names = [f"{number:05d}{target.suffix}" for number in range(len(frames))]
        if folder.exists() and not overwrite:
            return f"{folder} is there already; --overwrite makes it anew"
        if folder.is_dir():
            for path in folder.iterdir():
                ownership.check(path)
            names += [path.name for path in folder.iterdir()]
        with folders.replacing_folder(folder, names) as aside:
            for name, frame in zip(names, frames, strict=False):
                (aside / name).write_bytes(software_mark.marked(images.encode(name, frame)))
        return f"{folder}  {len(frames)} frames of {shape} {frames.dtype}{told}"

    def frames(self, source: Path, pieces: Path | None = None) -> tuple[detector.Measured, np.ndarray]:
        """What was `Measured` in a file, and images `(frames, height, width)` of it, of the depth.

        Args:
            source: the file.
            pieces: folder where pieces of a large image are kept until it is finished; None to keep none.

        Raises:
            ValueError: if the file cannot be read, or its numbers do not fit what measured them.
        """
        raw = number_files.read(source, self.variable, detector.NAMES)
        try:
            return self._frames(raw, source, pieces)
        except ValueError as error:
            message = str(error)
            raise ValueError(message if str(source) in message else f"{source}: {message}") from error

    def _frames(
        self, raw: np.ndarray, source: Path, pieces: Path | None
    ) -> tuple[detector.Measured, np.ndarray]:
        acquisition, remarks = self._acquisition(raw, source), []
        if self.load is None and self.acquisition is None:
            remarks = ["Φ is that in the file"]
        found = detector.measured(
            raw, acquisition, self.grid, self.dark, self.scale, must_be_whole=self.load is not None
        )
        height, width = (
            side * count for side, count in zip(acquisition.frame, found.y.shape[1:3], strict=True)
        )
        if height * width > self.max_pixels or len(found.y) * height * width > MOST_PIXELS:
            raise ValueError(
                f"{len(found.y)} frames of {height}×{width} pixels are not rebuilt; an image has "
                f"{self.max_pixels} at most (--max_pixels), and all frames of a file {MOST_PIXELS}."
            )
        if self.size and not all(0 < own <= of for own, of in zip(self.size, (height, width), strict=True)):
            raise ValueError(
                f"--image_size={self.size[0]},{self.size[1]} is beyond the grid's {height}×{width}."
            )
        noise = found.noise
        if self.noise_std is not None:
            noise = self.noise_std * float(np.sqrt(np.mean(np.square(found.y))))
        rebuild, kept = self._solver(found), None
        if self.identity is not None and pieces is not None and len(found.y) == 1:
            y = hashlib.sha256(np.ascontiguousarray(found.y).tobytes()).hexdigest()
            phi = found.acquisition.sha256
            kept = Kept(pieces, [y, found.y.shape, float(noise), self.way, phi, self.identity()])
        pixels = rebuild(found.y, noise, kept)
        if not np.isfinite(pixels).all():
            raise ValueError("the measurements are too large for the method: its result is not finite.")
        if self.size:
            pixels = pixels[:, : self.size[0], : self.size[1]]
        if found.estimated:
            pixels = pixels - (np.percentile(pixels, 100 - WHITE) if found.floor else 0)
            pixels = pixels / max(float(np.percentile(pixels, WHITE)), np.finfo("float32").tiny)
        found.remarks[:0] = remarks
        return found, images.from_unit(pixels, self.depth)

    def _acquisition(self, raw: np.ndarray, source: Path) -> Acquisition:
        if self.load is not None:
            return self._of_preset(
                self.load, max(np.shape(raw) or (0,)) if np.ndim(raw) < 3 else raw.shape[-1]
            )
        if self.acquisition is not None:
            return self.acquisition
        if source.suffix.lower() not in (".npz", *number_files.HDF5):
            raise ValueError(f"{source} does not say what measured it; give --phi, --patterns or --preset.")
        try:
            matrix = number_files.read(source, None, pattern_files.NAMES)
        except ValueError as error:
            raise ValueError(
                f"{source} holds no Φ under a name as phi or patterns; give --phi, --patterns or --preset."
            ) from error
        matrix, frame = pattern_files.as_matrix(matrix.astype("float32"), source)
        return Acquisition(
            "file", frame, matrix=known_patterns.whole_patterns(matrix, self.split), split=self.split
        )

    def _of_preset(self, load: Callable[[int], Any], count: int) -> Acquisition:
        """The learned Φ of the network, with as many rows as fit the numbers."""
        if self.acquisition is not None:
            return self.acquisition
        pairs = self.split in ("interleaved", "halves")
        model = load(count // 2 if pairs else count)
        matrix, side = np.asarray(model.sensing.matrix, "float32"), model.block_size
        return Acquisition("preset", (side, side), matrix=matrix, split=self.split, preset=self.preset or "")

    def _solver(self, found: detector.Measured) -> solvers.Solver:
        acquisition = found.acquisition
        if acquisition.sha256 not in self.solvers:
            # Rows that are missing differ from file to file.
            self.solvers.clear()
            self.solvers[acquisition.sha256] = (
                solvers.solver(self.method, acquisition.operator, self.preset, self.way)
                if self.load is None
                else solvers.of_model(self.load(acquisition.measurements), self.way)
            )
        return self.solvers[acquisition.sha256]


def dark_counts(text: str) -> Any:
    """The dark counts that a flag gives: a number, or a file of such readings.

    Raises:
        ValueError: if they cannot be read.
    """
    try:
        return float(text)
    except ValueError:
        if Path(text).suffix.lower() in number_files.SUFFIXES:
            return number_files.read(text, meant=("dark", *detector.NAMES))
    raise ValueError(f"--dark is {text}; it takes a number, or a file of readings without light.")


def _animation(frames: np.ndarray, target: Path) -> bytes:
    """The bytes of an animated PNG, of 8 bits."""
    if target.suffix.lower() != ".png":
        raise ValueError(f"{target}: an animation is written as PNG; leave out --format.")
    if frames.dtype != np.uint8:
        raise ValueError(f"{target}: an animation has 8 bits; leave out --depth.")
    first, *others = map(PIL.Image.fromarray, frames)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
    return buffer.getvalue()
