"""Export to TensorFlow's SavedModel."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from amp_net.storage import file_sizes
from amp_net.storage.disk import folders, others

GRAPH = "saved_model.pb"
IMAGES = "reconstruct_images"
"""The endpoint that tells our SavedModels from others."""
CONTENT = (GRAPH, "fingerprint.pb", "variables", "assets")


def export_saved_model(model: Any, folder: str | Path, dtype: str = "float32") -> None:
    """Writes a SavedModel that needs neither this package nor Keras; batches of one or more.

    Its endpoints: `serving_default`, blocks `(batch, block_size, block_size, 1)` to blocks; `sense`, blocks
    to measurements `(batch, m)`; `reconstruct`, measurements to blocks; `reconstruct_images`, measurements
    `(batch, rows, columns, m)` to images, for which the network sees across the blocks.

    Args:
        model: an `AMPNet`, or an `AtRatio`, for which a block is an image of its own.
        folder: where to; a SavedModel of ours that is there is replaced.
        dtype: of the feature maps, see `AMPNet.optimized`; what goes in and out is float32.

    Raises:
        ValueError: if the folder holds other files, or another's SavedModel, or cannot be written.
    """
    others.check(Path(folder) / GRAPH, is_ours)
    size = model.block_size
    blocks = keras.InputSpec(shape=(None, size, size, 1), dtype="float32")
    measurements = keras.InputSpec(shape=(None, model.measurements), dtype="float32")
    images = keras.InputSpec(shape=(None, None, None, model.measurements), dtype="float32")
    network = model.optimized(dtype)
    archive = keras.export.ExportArchive()
    for part in (network,) if isinstance(network, tf.Module) else (network.network, network.sensing):
        archive.track(part)
    archive.add_endpoint("serving_default", network.__call__, [blocks])
    archive.add_endpoint("sense", network.sense, [blocks])
    archive.add_endpoint("reconstruct", network.reconstruct, [measurements])
    archive.add_endpoint(IMAGES, lambda measurements: network.reconstruct(measurements), [images])
    with folders.replacing_folder(folder, CONTENT) as aside:
        archive.write_out(str(aside), verbose=False)


def is_ours(file):
    """Whether an open file, of a SavedModel or in TFLite, has our endpoint for images."""
    return IMAGES.encode() in file.read(file_sizes.WEIGHTS)
