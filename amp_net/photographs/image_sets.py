"""The photographs to train and test on, by the name of their set."""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from amp_net.photographs import original_files
from amp_net.photographs.own_photographs import OwnPhotographs
from amp_net.storage.disk import locks

SAMPLES = ("astronaut", "camera", "cat", "coffee", "coins", "rocket")
"""Natural photographs that come with scikit-image."""

DOWNLOADED = ("t91", "set11", "bsd68", "bsds100", "urban100", "bsds500_train")
NAMES = ("samples", *DOWNLOADED)
DATA_VARIABLE = "AMP_NET_DATA"


def load(
    name: str | Path, data_dir: str | Path | None = None, value_range: Sequence[float] | None = None
) -> list[tuple[str, np.ndarray]] | OwnPhotographs:
    """All photographs of a set, or of a folder of one's own.

    Those of a set come through TensorFlow Datasets, which prepares a copy of its own. Where it is not
    installed, or Keras has another backend than TensorFlow, the original files are read.

    Args:
        name: `"samples"`, which needs no network, the name of one of our TFDS builders, or a folder.
        data_dir: a folder with a subfolder for each set, to read the original files from instead of the
            network; without it, the folder that the variable AMP_NET_DATA names.
        value_range: black and white in files of a folder that do not say it, see `OwnPhotographs`.

    Returns:
        Pairs `(file name, uint8 image)`, `(height, width)` or `(height, width, 3)` in RGB, sorted by file
        name: a list of a set's, and `OwnPhotographs` of a folder's, which may also be uint16, or float32 in
        [0, 1].

    Raises:
        ValueError: if there is no such set or folder, a file of a set is missing or altered, it cannot be
            fetched, what TFDS has under its name is damaged or another set, or a photograph of the folder
            cannot be read.
    """
    if is_folder(name):
        return OwnPhotographs(name, value_range)
    if name == "samples":
        from skimage import data

        return [(sample, getattr(data, sample)()) for sample in SAMPLES]
    if name not in DOWNLOADED:
        raise ValueError(
            f"There is no data set {str(name)!r}, and no folder; the known ones are {', '.join(NAMES)}."
        )
    data_dir = data_dir or os.environ.get(DATA_VARIABLE)
    folder = Path(data_dir) / name if data_dir else None
    installed = all(map(importlib.util.find_spec, ("tensorflow", "tensorflow_datasets")))
    if folder is None and not installed:
        raise ValueError(
            f"{name} is fetched by TensorFlow Datasets, which is not installed; give the folder that holds "
            f"it with --data_dir or {DATA_VARIABLE} (datasets/{name}/checksums.tsv lists its files)."
        )
    if folder is not None and not (installed and _with_tensorflow()):
        return original_files.read_all(name, folder)
    return _through_tfds(name, folder)


def is_folder(name):
    """Whether a folder of one's own photographs is meant, and not a set; a set's name means the set."""
    return name not in NAMES and Path(name).is_dir()


def _with_tensorflow():
    """Whether Keras computes with TensorFlow, which next to another backend would occupy the GPU's memory."""
    import keras

    return keras.backend.backend() == "tensorflow"


def _through_tfds(name, folder):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    builder = _prepared(name, folder)
    try:
        examples = list(tfds.as_numpy(builder.as_dataset(split=builder.SPLIT)))
    except (tf.errors.OpError, AssertionError) as error:
        raise ValueError(
            f"The copy of {name} in {builder.data_dir} is damaged; remove that folder, and it is made again."
        ) from error
    return [
        (example["name"].decode(), example["image"][..., 0] if builder.CHANNELS == 1 else example["image"])
        for example in examples
    ]


def _builder_class(name):
    return importlib.import_module(f"amp_net.datasets.{name}.{name}_dataset_builder").Builder


def _prepared(name, folder):
    """The builder of a set that TFDS has its own copy of, from the folder's checked files or the network."""
    if folder is not None:
        original_files.check_files(name, folder)
    builder = _builder_class(name)()
    # TFDS moves the folder to its place when it is complete.
    if not Path(builder.data_dir).exists():
        with locks.in_turn(Path(builder.data_dir).parent / locks.LOCK):
            # Another process may have prepared it meanwhile, which only a new builder sees.
            builder = _builder_class(name)()
            _prepare(builder, folder)
    if not builder.is_of_registered_files():
        raise ValueError(
            f"{builder.data_dir} holds another data set that is called {name}; remove or rename it, and "
            "ours is prepared."
        )
    return builder


def _prepare(builder, folder):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    config = tfds.download.DownloadConfig(
        manual_dir=folder, try_download_gcs=False, force_checksums_validation=True
    )
    tfds.disable_progress_bar()
    try:
        # TFDS announces what it does; standard output is for results.
        with contextlib.redirect_stdout(sys.stderr):
            builder.download_and_prepare(download_config=config)
    except (OSError, tfds.download.DownloadError, NonMatchingChecksumError) as error:
        raise ValueError(
            f"{builder.name} could not be fetched ({error}); without network, give the folder that holds "
            f"it with --data_dir or {DATA_VARIABLE}."
        ) from error
