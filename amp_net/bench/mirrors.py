"""Patterns on the grid of a device whose mirrors are on or off."""

import io
import math

import numpy as np
import PIL.Image

MOST_MIRRORS = 2**26


class Mirrors:
    """Where on a device the pixels of a pattern are; its middle is the device's.

    >>> mirrors = Mirrors((4, 4), device=(10, 12))
    >>> mirrors.scale, mirrors.on(np.ones((4, 4))).shape
    (2, (10, 12))

    Args:
        frame: height and width of a pattern in pixels.
        device: rows and columns of mirrors; None for those of the pattern.
        scale: mirrors along a pixel; None for as many as fit.
        rotation: by how much the pattern is turned to the left, in degrees.

    Raises:
        ValueError: if the pattern does not fit on the device.
    """

    def __init__(
        self,
        frame: tuple[int, int],
        device: tuple[int, int] | None = None,
        scale: int | None = None,
        rotation: float = 0.0,
    ) -> None:
        if not math.isfinite(rotation):
            raise ValueError(f"The rotation is {rotation}; give degrees.")
        angle = math.radians(rotation)
        cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
        height, width = frame
        needs = height * cosine + width * sine, width * cosine + height * sine
        if device is None:
            rows, columns = (math.ceil(side * (scale or 1) - 1e-9) for side in needs)
            device = rows, columns
        most = int(min(side / need + 1e-9 for side, need in zip(device, needs, strict=True)))
        along = most if scale is None else scale
        if not 1 <= along <= most:
            rows, columns = (math.ceil(need * max(along, 1) - 1e-9) for need in needs)
            raise ValueError(
                f"Patterns of {height}×{width} pixels with {max(along, 1)} mirrors along each, turned by "
                f"{rotation:g}°, need {rows}×{columns} mirrors; the device has {device[0]}×{device[1]}."
            )
        if math.prod(device) > MOST_MIRRORS:
            raise ValueError(f"A device of {device[0]}×{device[1]} has more than {MOST_MIRRORS} mirrors.")
        self.frame, self.device, self.scale, self.rotation = frame, device, along, rotation
        self.places = self._places()

    def shows(self, level):
        """What is shown of grey levels in [0, 1]: the part of a pixel's mirrors that is on.

        Exact for a turn by 0, 90, 180 or 270 degrees.
        """
        return np.ceil(np.asarray(level) * self.scale**2 - 0.5) / self.scale**2

    def on(self, pattern):
        """Which mirrors are on, booleans of the device's shape.

        Args:
            pattern: `(height, width)` in [0, 1]. Of a grey pixel so many mirrors are on as its level says,
                spread over it.
        """
        inside, pixels, within = self.places
        mirrors = np.zeros(self.device, bool)
        mirrors[inside] = pattern.ravel()[pixels] > _thresholds(self.scale).ravel()[within]
        return mirrors

    def _places(self):
        """Which mirrors show the pattern, and of these the pixel, and the place within it."""
        height, width = self.frame
        rows, columns = (np.arange(side) - (side - 1) / 2 for side in self.device)
        angle = math.radians(self.rotation)
        down = (rows[:, np.newaxis] * math.cos(angle) + columns * math.sin(angle)) / self.scale + height / 2
        along = (columns * math.cos(angle) - rows[:, np.newaxis] * math.sin(angle)) / self.scale + width / 2
        # Rounding must not put a mirror into the pixel beside its own.
        down, along = np.round(down, 6), np.round(along, 6)
        inside = (down >= 0) & (down < height) & (along >= 0) & (along < width)
        down, along = down[inside], along[inside]
        pixels = down.astype("int32") * width + along.astype("int32")
        within = ((down % 1) * self.scale + 1e-4).astype("int32") * self.scale
        return inside, pixels, within + ((along % 1) * self.scale + 1e-4).astype("int32")


def png(mirrors):
    """The bytes of a PNG of one bit a pixel; mirrors that are on are white."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(mirrors).save(buffer, "PNG")
    return buffer.getvalue()


def _thresholds(side):
    """Above which level each mirror of a pixel is on, `(side, side)`, neighbours far from each other.

    Bayer's order of the next power of two, and of it the places that there are.
    """
    order = np.zeros((1, 1))
    while len(order) < side:
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    ranks = np.argsort(np.argsort(order[:side, :side], axis=None)).reshape(side, side)
    return (ranks + 0.5) / side**2
