"""Networks from presets, each file checked against what was recorded."""

import inspect

import keras
import numpy as np

from amp_net.models.presets import preset_folders
from amp_net.models.presets.preset_folders import CONFIG, LONGEST_NAME, METADATA, WEIGHTS
from amp_net.storage import file_sizes, texts, weight_files
from amp_net.storage.disk import files
from amp_net.storage.printable import printable

FORMER_FIELDS = ("merge_pairs",)
"""Of configs of 0.1."""


def load(model_class, preset, dtype=None):
    """Builds a preset's model and fills in its weights, both checked against the recorded SHA-256.

    Args:
        model_class: a model with a `KIND`, which is the preset's.
        preset: name or folder.
        dtype: a Keras dtype policy, or None for Keras's default.

    Raises:
        ValueError: if there is no such preset, it is of another kind, or one of its files is missing or
            damaged.
    """
    folder = preset_folders.find(preset)
    # Not by `load_metadata`: the folder's path may read like a shipped preset's name.
    metadata = texts.read_json(folder / METADATA)
    kind = metadata.get("kind", preset_folders.DEFAULT_KIND)
    if kind != model_class.KIND:
        raise ValueError(
            f"The preset {preset} holds a network of the kind {printable(kind)[:LONGEST_NAME]}, not "
            f"{model_class.KIND}; load it with the class of that kind."
        )
    config = texts.read_json(folder / CONFIG)
    # Presets of before have none.
    if "config_sha256" in metadata:
        _check(folder / CONFIG, preset_folders.digest(config), metadata["config_sha256"])
    try:
        unknown = sorted({*config} - {*inspect.signature(model_class).parameters} - {*FORMER_FIELDS})
        if unknown:
            # Keras would make of some whatever objects they name.
            raise ValueError(f"there is no field '{unknown[0][:LONGEST_NAME]}'.")
        model = model_class.from_config({**config, "dtype": dtype})
    except MemoryError as error:
        raise ValueError(f"{folder / CONFIG} describes a model that does not fit into the memory.") from error
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError(f"{folder / CONFIG} does not describe a model: {_in_a_line(error)}") from error
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise ValueError(f"{weights} is missing; restore the preset's folder as it was saved.")
    _check(weights, files.sha256(weights, file_sizes.WEIGHTS), metadata.get("weights_sha256"))
    weight_files.check(weights)
    base = _base(weights, metadata)
    try:
        with weight_files.completed(weights, base) as file:
            model.load_weights(file)
    except weight_files.DAMAGE as error:
        raise ValueError(f"{weights} does not fit the model that {CONFIG} describes.") from error
    for variable in model.weights:
        if not np.isfinite(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(variable))).all():
            raise ValueError(f"{weights} holds NaN or infinity; every weight must be a finite number.")
    return model


def _base(weights, metadata):
    """The file with the rest of a preset's weights, of another preset of this package; None if it has all."""
    rest = metadata.get("rest_of")
    if rest is None:
        return None
    rest = rest if isinstance(rest, dict) else {"preset": rest}
    name = rest.get("preset")
    base = preset_folders.shipped(None).get(name) if isinstance(name, str) else None
    told = texts.read_json(base / METADATA) if base else {}
    if not base or "rest_of" in told or told.get("weights_sha256") != rest.get("weights_sha256"):
        raise ValueError(
            f"{weights} holds a part of its network; the rest is in the preset "
            f"{printable(str(name))[:LONGEST_NAME]!r}, which this version of the package has with other "
            "weights or not at all."
        )
    _check(base / WEIGHTS, files.sha256(base / WEIGHTS, file_sizes.WEIGHTS), told["weights_sha256"])
    return base / WEIGHTS


def _in_a_line(error):
    """What an error says, which may hold whatever a config does."""
    return printable(" ".join(str(error).split()))[: 2 * LONGEST_NAME]


def _check(path, digest, recorded):
    """Raises a ValueError if a file's SHA-256 is not the recorded one."""
    if digest != recorded:
        raise ValueError(f"{path} is damaged: its SHA-256 is not the one in {METADATA}; restore the file.")
