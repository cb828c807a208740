"""Photographs of one's own: a folder's or arrays, each with the SHA-256 that it is known by."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from amp_net.images.formats.limits import MAX_PIXELS
from amp_net.images.pixel_values import check_range, short, to_pixels
from amp_net.photographs import photograph_files
from amp_net.storage import file_sizes, searched
from amp_net.storage.disk import files
from amp_net.storage.printable import printable


class OwnPhotographs:
    """The photographs in a folder and its subfolders.

    All files are read and decoded once at the start, so that a bad one is told before the work. Each time it
    is gone through, they are read anew, one at a time.

    >>> import tempfile
    >>> from amp_net import images
    >>> folder = tempfile.TemporaryDirectory()
    >>> images.write(f"{folder.name}/a/one.png", np.zeros((4, 5), "uint8"))
    >>> ((name, image),) = OwnPhotographs(folder.name)
    >>> name, image.shape
    ('a/one.png', (4, 5))
    >>> folder.cleanup()

    Args:
        folder: with image files, and arrays of `numpy.save`; see `photograph_files.decode_all`.
        value_range: black and white of files whose numbers do not say it, see `to_pixels`.
        max_pixels: as in `images.read`.

    Attributes:
        name: the folder's own, without what it lies in.
        manifest: a list of dicts: `image`, the place in the folder, of the pages of a TIFF with their number
            behind it; `sha256` of the file; and `range`, `""` where none was stated or needed.

    Raises:
        ValueError: if there are none, or some cannot be read, with a line for each.
    """

    def __init__(self, folder, value_range=None, max_pixels=MAX_PIXELS):
        self.name = printable(Path(folder).resolve().name)
        self.range, self.max_pixels = check_range(value_range), max_pixels
        self.places = searched.find([folder], photograph_files.SUFFIXES)
        stated = "" if self.range is None else ",".join(map(short, self.range))
        self.manifest, failures = [], []
        for path in self.places:
            try:
                digest, photographs = self._read(path)
            except ValueError as error:
                failures.append(printable(error))
                continue
            for name, image in photographs:
                deep = image.dtype == np.float32
                self.manifest.append({"image": name, "sha256": digest, "range": stated if deep else ""})
        if failures:
            heading = [f"{len(failures)} of {len(self.places)} files cannot be used:"] if failures[1:] else []
            raise ValueError("\n".join(heading + failures))
        self.known = {entry["image"]: entry["sha256"] for entry in self.manifest}

    def __len__(self) -> int:
        return len(self.manifest)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        for path in self.places:
            digest, photographs = self._read(path)
            for name, image in photographs:
                if self.known.get(name) != digest:
                    raise ValueError(f"{printable(path)} has changed since the work began; begin it again.")
                yield name, image

    def _read(self, path):
        content = files.read(path, file_sizes.image(self.max_pixels))
        found = photograph_files.decode_all(content, path, self.range, self.max_pixels)
        # As text that can be written, since the name of a file need not be.
        place = printable(self.places[path].as_posix())
        names = [place] if len(found) == 1 else [f"{place} page {page}" for page in range(1, len(found) + 1)]
        return hashlib.sha256(content).hexdigest(), list(zip(names, found, strict=True))


class GivenPhotographs:
    """Photographs that are given as arrays, by their number.

    >>> photographs = GivenPhotographs(np.zeros((2, 4, 5), "uint8"))
    >>> len(photographs), [name for name, _ in photographs]
    (2, ['photograph 0', 'photograph 1'])

    Args:
        photographs: arrays, `(height, width)` or `(height, width, 1 or 3)`: in an array with one more axis, a
            list, or anything else that is gone through once, such as a `tf.data.Dataset`.
        value_range: as in `OwnPhotographs`.

    Attributes:
        name: what they are called.
        manifest: as that of `OwnPhotographs`; the SHA-256 is of the pixels' type, shape and bytes.

    Raises:
        ValueError: if there are none, they are without end, or one is no photograph.
    """

    name = "given photographs"

    def __init__(self, photographs: Iterable, value_range=None):
        given, self.manifest, self.photographs = check_range(value_range), [], []
        _check_end(photographs)
        for number, photograph in enumerate(photographs):
            name = f"photograph {number}"
            if isinstance(photograph, (tuple, list, dict)):
                raise ValueError(
                    f"{name} is a {type(photograph).__name__}; give the images alone, without labels."
                )
            image = np.asarray(photograph)
            if image.ndim == 3 and image.shape[-1] == 1:
                image = image[..., 0]
            if image.ndim not in (2, 3) or 0 in image.shape or image.shape[2:] not in ((), (3,)):
                raise ValueError(
                    f"{name} has shape {image.shape}; a photograph has (height, width) or (height, width, 1 "
                    "or 3)."
                )
            image = to_pixels(image, name, given)
            text = f"{image.dtype.name} {image.shape} ".encode()
            digest = hashlib.sha256(text + np.ascontiguousarray(image).tobytes()).hexdigest()
            self.manifest.append({"image": name, "sha256": digest, "range": ""})
            self.photographs.append((name, image))
        if not self.manifest:
            raise ValueError("There are no photographs in what was given.")

    def __len__(self) -> int:
        return len(self.manifest)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        return iter(self.photographs)


def _check_end(photographs):
    cardinality = getattr(photographs, "cardinality", None)
    # What TensorFlow says of a dataset that is repeated for ever.
    if cardinality is not None and int(cardinality()) == -1:
        raise ValueError("The dataset of photographs has no end; give it before repeat(), or take(n) of it.")


def digest_of(manifest):
    """The SHA-256 of a manifest, by which one set of photographs is known from another."""
    lines = (f"{entry['image']}\0{entry['sha256']}\0{entry['range']}\n" for entry in manifest)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def difference(former, manifest):
    """How the photographs of a manifest differ from those of a former one; None if they do not.

    >>> entry = {"image": "a.png", "sha256": "1", "range": ""}
    >>> difference([entry], [{**entry, "sha256": "2"}, {**entry, "image": "b.png"}])
    'a.png is another, b.png is new'
    """
    before, now = ({entry["image"]: entry for entry in entries} for entries in (former, manifest))
    found = [f"{printable(name)} is missing" for name in before if name not in now]
    found += [
        f"{printable(name)} is another" for name in before if before[name] != now.get(name, before[name])
    ]
    found += [f"{printable(name)} is new" for name in now if name not in before]
    more = f" and {len(found) - searched.NAMED} more" if len(found) > searched.NAMED else ""
    return ", ".join(found[: searched.NAMED]) + more or None
