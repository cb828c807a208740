"""Presets: a folder with `config.json`, `metadata.json`, `model.weights.h5` and a model card for each model.

Learned weights are stored in float16 and loaded as float32, see `half_precision`. What is not learned, such
as a camera's Φ, keeps its exact values. A preset may hold only the arrays in which it differs from another
of this package, which its metadata name as `rest_of`.
"""

import contextlib
import functools
import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from amp_net.models.presets import fetched, model_cards
from amp_net.storage import file_sizes, half_precision, texts, weight_files
from amp_net.storage.disk import files, folders
from amp_net.storage.printable import printable

CONFIG, METADATA, WEIGHTS, CARD = "config.json", "metadata.json", "model.weights.h5", "README.md"
CURVE = "curve.csv"
"""Of the training, where one was kept."""
DEFAULT_KIND = "amp_net"
"""Of presets that name none."""
FORMER_FIELDS = ("merge_pairs",)
"""Of configs of 0.1."""
LONGEST_NAME = 200
"""Characters of a preset's name that are shown."""


def shipped(kind="amp_net"):
    """The presets of this package: a dict of name to folder, sorted by name.

    Args:
        kind: of network, see `load`; None for all kinds.
    """
    from amp_net import checkpoints

    folders = [Path(place).resolve() for place in checkpoints.__path__]
    found = {path.parent.name: path.parent for folder in folders for path in folder.glob(f"*/{CONFIG}")}
    return {name: folder for name, folder in sorted(found.items()) if kind is None or _kind(folder) == kind}


def find(preset):
    """The folder of a preset, given its name, the folder itself, or an address.

    Raises:
        ValueError: if there is none of these, the message names the shipped presets; or as `fetched`.
    """
    known = shipped(None)
    if str(preset) in known:
        return known[str(preset)]
    if fetched.is_address(preset):
        return fetched.fetched(preset, (CONFIG, METADATA, WEIGHTS), WEIGHTS)
    # Of a name that is too long the system says so.
    with contextlib.suppress(OSError, ValueError):
        if (Path(preset) / CONFIG).is_file():
            return Path(preset)
    raise ValueError(
        f"There is no preset {str(preset)[:LONGEST_NAME]!r}: give a folder that holds {CONFIG}, or one of "
        f"{', '.join(known) or 'none (no preset is installed)'}."
    )


def identity(preset: str | Path) -> list[Any]:
    """What identifies a preset's network, and what it is computed with, as JSON.

    Raises:
        ValueError: if there is no such preset, or its files cannot be read.
    """
    folder = find(preset)
    weights = texts.read_json(folder / METADATA).get("weights_sha256")
    return [weights, _digest(texts.read_json(folder / CONFIG)), keras.backend.backend()]


def is_any_ratio(preset):
    """Whether a preset holds a network for all CS ratios.

    Raises:
        ValueError: if there is no such preset.
    """
    return _kind(find(preset)) == "any_ratio"


def is_any_phi(preset):
    """Whether a preset holds a network for any sensing matrix.

    Raises:
        ValueError: if there is no such preset.
    """
    return _kind(find(preset)) == "any_phi"


def load_metadata(preset):
    """How a preset was made and what it reached, as a dict.

    Raises:
        ValueError: if there is no such preset, or its metadata cannot be read.
    """
    return texts.read_json(find(preset) / METADATA)


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
    folder = find(preset)
    # Not by `load_metadata`: the folder's path may read like a shipped preset's name.
    metadata = texts.read_json(folder / METADATA)
    kind = metadata.get("kind", DEFAULT_KIND)
    if kind != model_class.KIND:
        raise ValueError(
            f"The preset {preset} holds a network of the kind {printable(kind)[:LONGEST_NAME]}, not "
            f"{model_class.KIND}; load it with the class of that kind."
        )
    config = texts.read_json(folder / CONFIG)
    # Presets of before have none.
    if "config_sha256" in metadata:
        _check(folder / CONFIG, _digest(config), metadata["config_sha256"])
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
    base = shipped(None).get(name) if isinstance(name, str) else None
    told = texts.read_json(base / METADATA) if base else {}
    if not base or "rest_of" in told or told.get("weights_sha256") != rest.get("weights_sha256"):
        raise ValueError(
            f"{weights} holds a part of its network; the rest is in the preset "
            f"{printable(str(name))[:LONGEST_NAME]!r}, which this version of the package has with other "
            "weights or not at all."
        )
    _check(base / WEIGHTS, files.sha256(base / WEIGHTS, file_sizes.WEIGHTS), told["weights_sha256"])
    return base / WEIGHTS


def save(model, folder, metadata, curve=None, rest_of=None):
    """Writes a preset to a folder of its own and moves it into place when it is complete.

    The learned weights are rounded to float16, array by array; an array that float16 cannot hold stays
    float32. The model itself keeps its weights.

    Args:
        model: an `AMPNet` or `AnyRatioAMPNet`; its optimizer is left out.
        folder: where to; what was there is replaced.
        metadata: a dict for `metadata.json`, and for the model card, `README.md`; `licence` is that of the
            weights, `"MIT"` as an example.
        curve: of the training, text for `curve.csv`; None for none.
        rest_of: name of a preset of this package; what it holds with the same values is left out.

    Raises:
        ValueError: if the folder holds other files or cannot be written, or the metadata are no dict of what
            JSON holds; it has no NaN.
    """
    if not isinstance(metadata, dict):
        raise ValueError(f"The metadata are {metadata!r}; give a dict.")
    # A compiled model writes its optimizer too, so the weights are copied to a fresh one.
    config = {
        key: value for key, value in model.get_config().items() if key not in ("name", "dtype", "trainable")
    }
    release = _blank(type(model), json.dumps(config, default=np.generic.item))
    release.set_weights(model.get_weights())
    # The signs of a binary Φ are all that counts of it.
    sensing = getattr(release, "sensing", None)
    signs = [sensing.kernel] if getattr(sensing, "binary", False) else []
    for variable in release.trainable_weights:
        keep_signs = any(variable is each for each in signs)
        variable.assign(half_precision.rounded(keras.ops.convert_to_numpy(variable), keep_signs))
    with folders.replacing_folder(folder, (CONFIG, METADATA, WEIGHTS, CARD, CURVE)) as aside:
        weight_files.save(release, aside / WEIGHTS)
        half_precision.store(aside / WEIGHTS, rest_of and find(rest_of) / WEIGHTS)
        weights_sha256 = files.sha256(aside / WEIGHTS, file_sizes.WEIGHTS)
        digests = {"config_sha256": _digest(config), "weights_sha256": weights_sha256}
        versions = {"keras": keras.__version__}
        facts = {"parameters": release.count_params(), "versions": versions, "stored_as": "float16"}
        kind = {} if model.KIND == DEFAULT_KIND else {"kind": model.KIND}
        metadata = {**metadata, **facts, **kind}
        if rest_of:
            sha256 = load_metadata(rest_of)["weights_sha256"]
            metadata["rest_of"] = {"preset": rest_of, "weights_sha256": sha256}
        written = {CONFIG: _json(config), METADATA: _json({**metadata, **digests})}
        if model.KIND in model_cards.USES:
            # Networks of others are not handed on, and have none.
            written[CARD] = model_cards.card(Path(folder).name, config, json.loads(written[METADATA]))
        if curve is not None:
            written[CURVE] = curve
        for name, text in written.items():
            (aside / name).write_text(text, encoding="utf-8")


@functools.lru_cache(maxsize=1)
def _blank(model_class, config):
    """A model to put weights into; remembered, since a training saves after every epoch."""
    return model_class.from_config(json.loads(config))


def save_metadata(preset, metadata):
    """Writes other metadata into a preset's folder, and its model card anew.

    Raises:
        ValueError: if there is no such preset, or it cannot be written.
    """
    folder = find(preset)
    text = _json(metadata)
    files.write(folder / METADATA, text)
    config = texts.read_json(folder / CONFIG)
    files.write(folder / CARD, model_cards.card(folder.name, config, json.loads(text)))


def _json(content):
    try:
        return json.dumps(content, indent=2, allow_nan=False, default=np.generic.item) + "\n"
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The metadata cannot be written ({error}); give texts, finite numbers, lists and dicts."
        ) from error


def _in_a_line(error):
    """What an error says, which may hold whatever a config does."""
    return printable(" ".join(str(error).split()))[: 2 * LONGEST_NAME]


def _kind(folder):
    """The kind of network of a preset; the default where its metadata cannot be read, as `load` says."""
    try:
        return texts.read_json(folder / METADATA).get("kind", DEFAULT_KIND)
    except ValueError:
        return DEFAULT_KIND


def _digest(config):
    """The SHA-256 of what a config says, however its file ends its lines."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _check(path, digest, recorded):
    """Raises a ValueError if a file's SHA-256 is not the recorded one."""
    if digest != recorded:
        raise ValueError(f"{path} is damaged: its SHA-256 is not the one in {METADATA}; restore the file.")
