"""Presets on data sets: the PSNR, SSIM and time of each image."""

import functools
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from amp_net import images
from amp_net.command_line import progress
from amp_net.evaluation.short_names import short_names
from amp_net.images import blocks, quality, software_mark
from amp_net.measurements import whole_images
from amp_net.measurements.measured_image import sense_planes
from amp_net.models import networks
from amp_net.models.presets import find, is_any_ratio
from amp_net.photographs import image_sets
from amp_net.storage.disk import files, others
from amp_net.storage.kept import Kept

FIELDS = ("preset", "dataset", "image", "psnr", "ssim", "psnr_unclipped", "psnr_y", "seconds")
"""Columns of a row; `seconds` is the time to sense and rebuild all channels of the image."""


def evaluate(
    presets: Sequence[str | Path],
    datasets: Sequence[str | Path] | Mapping[str, Iterable[tuple[str, np.ndarray]]],
    data_dir: str | Path | None = None,
    show: Callable[[dict[str, Any], np.ndarray, np.ndarray], Any] | None = None,
    skip: Collection[str] = (),
    dtype: str = "float32",
    way: str = "whole",
    cs_ratios: Sequence[float] = (),
    kept: Kept | None = None,
    methods: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """Senses and rebuilds every image of the data sets with every preset.

    Args:
        presets: names or folders of presets.
        datasets: names of data sets or folders, or what `load_all` makes of them.
        data_dir: see `image_sets.load`.
        show: called with the row, the original and the reconstruction of each image, if given; both are
            uint8, or uint16 if the original is or has floats.
        skip: names of images that are left out.
        dtype: of the feature maps, see `AMPNet.optimized`.
        way: as in `reconstruct_image`; `"blockwise"` is the paper's.
        cs_ratios: in percent, at which a preset for all ratios is measured.
        kept: where each row is kept as it comes; a row that is there already is read, and not shown.
        methods: other models to measure, by the name that stands in the place of a preset's, see `compared`.

    Yields:
        A dict with the `FIELDS` for each image. A preset's name has the CS ratio after it if it is for all of
        them, the dtype if it is not float32, and the way if it is not `"whole"`.

    Raises:
        ValueError: if no presets or no data sets are given, or one is unknown, missing or damaged, a preset
            for all ratios is given none, or a model does not have this way.
    """
    if not (presets or methods) or not datasets:
        raise ValueError("There is nothing to evaluate; give one preset and one data set, or more.")
    # All of them first, so that a wrong name is reported before the work and not after it.
    labels = short_names({preset: find(preset).resolve() for preset in presets})
    models = {}
    for preset in presets:
        for ratio in cs_ratios if is_any_ratio(preset) and cs_ratios else (None,):
            marks = ["" if ratio is None else f"_cs{ratio:g}"]
            marks += [f"-{mark}" for mark in (dtype, way) if mark not in ("float32", "whole")]
            model = networks.load(preset, ratio).optimized(dtype)
            whole_images.check_way(way, model)
            models[labels[preset] + "".join(marks)] = model
    for name, model in (methods or {}).items():
        whole_images.check_way(way, model)
        models[name + (f"-{way}" if way != "whole" else "")] = model
    loaded = datasets if isinstance(datasets, Mapping) else load_all(datasets, data_dir)
    for preset, model in models.items():
        rebuild_so = functools.partial(rebuild, model, way=way)
        rebuild_so(np.zeros((model.block_size, model.block_size), "float32"))
        for dataset, photographs in loaded.items():
            known = {entry["image"]: list(entry.values()) for entry in getattr(photographs, "manifest", ())}
            for name, image in progress.bar(photographs, "image"):
                if name in skip:
                    continue
                key = [preset, dataset, name, *known.get(name, ())]
                if kept is not None and (row := _kept_row(kept, key)) is not None:
                    yield row
                    continue
                measured, restored = compare(rebuild_so, image)
                row = {"preset": preset, "dataset": dataset, "image": name, **measured}
                if show is not None:
                    dtype = "uint8" if image.dtype == np.uint8 else "uint16"
                    show(
                        row, images.from_unit(images.to_unit(image), dtype), images.from_unit(restored, dtype)
                    )
                if kept is not None:
                    kept.put(key, json.dumps(row).encode())
                yield row


def load_all(
    datasets: Iterable[str | Path],
    data_dir: str | Path | None = None,
    value_range: Sequence[float] | None = None,
) -> dict[str, Iterable[tuple[str, np.ndarray]]]:
    """The photographs of data sets and folders, by the set's name or a short one of the folder.

    Args:
        datasets: names of data sets, or folders.
        data_dir, value_range: see `image_sets.load`.

    Raises:
        ValueError: as `image_sets.load`.
    """
    folders = {name: Path(name).resolve() for name in datasets if image_sets.is_folder(name)}
    labels = short_names(folders, image_sets.NAMES)
    own = (value_range,) if value_range is not None else ()
    return {labels.get(name, name): image_sets.load(name, data_dir, *own) for name in datasets}


def _kept_row(kept, key):
    """The row of an image that was measured before, or None if there is none or it is damaged."""
    try:
        row = json.loads(kept.get(key) or b"{}")
    except (ValueError, RecursionError):
        return None
    whole = isinstance(row, dict) and tuple(row) == FIELDS
    names, numbers = FIELDS[:3], FIELDS[3:]
    if not whole or [row[name] for name in names] != key[:3]:
        return None
    return row if all(isinstance(row[name], float) for name in numbers) else None


def side_by_side(folder):
    """For `evaluate` to show to: writes each original and its reconstruction side by side, as PNG.

    Args:
        folder: where to; a folder for each preset, and in it one for each data set. Images that are there and
            not marked as ours are refused with a ValueError.
    """

    def write(row, image, restored):
        name = row["image"] if row["image"].endswith(".png") else f"{row['image']}.png"
        path = Path(folder) / row["preset"] / row["dataset"] / name
        others.check(path, software_mark.is_marked)
        shown = images.encode(path, np.concatenate([image, restored], axis=1))
        files.write(path, software_mark.marked(shown))

    return write


def compare(rebuild_so, image):
    """Senses and rebuilds one image, and measures how well.

    In colour the same network rebuilds each channel, and PSNR and SSIM are means over the channels, as
    in the paper. `psnr_y` is that of the image's luminance, sensed and rebuilt as a grey image, as
    papers do that report the Y channel; for a grey image it is `psnr`.

    Args:
        rebuild_so: a function of an image, floats in [0, 1], that senses and rebuilds it, as `rebuild` does.
        image: uint8, `(height, width)` or `(height, width, 3)` in RGB.

    Returns:
        A dict of the measured fields, and the reconstruction, floats of the image's shape.
    """
    original = images.to_unit(image)
    started = time.perf_counter()
    restored = rebuild_so(original)
    seconds = time.perf_counter() - started
    pairs = list(zip(channels(original), channels(restored), strict=True))
    psnr = float(np.mean([quality.psnr(*pair) for pair in pairs]))
    psnr_y = psnr
    if image.ndim == 3:
        grey = images.to_unit(images.luminance(image))
        psnr_y = quality.psnr(grey, rebuild_so(grey))
    row = {
        "psnr": psnr,
        "ssim": float(np.mean([quality.ssim(*pair) for pair in pairs])),
        "psnr_unclipped": float(np.mean([quality.psnr(*pair, clip=False) for pair in pairs])),
        "psnr_y": psnr_y,
        "seconds": seconds,
    }
    return row, restored


def channels(image):
    """The grey images that an image is rebuilt as: its channels, or itself."""
    return [image] if image.ndim == 2 else list(np.moveaxis(image, -1, 0))


def rebuild(model: Any, image: np.ndarray, way: str | None = None) -> np.ndarray:
    """An image, floats in [0, 1], sensed block by block and rebuilt; not clipped.

    Args:
        model: an `AMPNet`, or one that is `optimized`.
        image: float32 `(height, width)` or `(height, width, channels)`.
        way: as in `reconstruct_image`.
    """
    planes = image.reshape(*image.shape[:2], -1)
    restored = np.empty(planes.shape, "float32")
    whole_images.rebuild_planes(sense_planes(planes, model), model, restored, way)
    return restored.reshape(image.shape)


def rebuild_blocks(network, image):
    """What any network of blocks makes of an image, floats in [0, 1]: cut up, put through, put together."""
    return blocks.merge(blocks.through(network, blocks.split(image, network.block_size)), image.shape)


def average_psnr(model: Any, photographs: Iterable[np.ndarray]) -> float:
    """The average PSNR in dB of grey images, floats in [0, 1], that are sensed and rebuilt blockwise."""
    return float(np.mean([quality.psnr(image, rebuild_blocks(model, image)) for image in photographs]))


def summarize(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of each preset on each data set.

    Args:
        rows: dicts as `evaluate` yields them.

    Returns:
        A list of dicts: `preset`, `dataset`, `images` and the means of the measured fields.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["preset"], row["dataset"]), []).append(row)
    return [
        {
            "preset": preset,
            "dataset": dataset,
            "images": len(group),
            **{field: float(np.mean([row[field] for row in group])) for field in FIELDS[3:]},
        }
        for (preset, dataset), group in groups.items()
    ]
