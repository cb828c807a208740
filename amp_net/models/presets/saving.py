"""Presets from networks: whole folders that take their place at once."""

import functools
import json
from pathlib import Path

import keras
import numpy as np

from amp_net.models.presets import model_cards, preset_folders
from amp_net.models.presets.preset_folders import CARD, CONFIG, CURVE, DEFAULT_KIND, METADATA, WEIGHTS
from amp_net.storage import file_sizes, half_precision, texts, weight_files
from amp_net.storage.disk import files, folders


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
        half_precision.store(aside / WEIGHTS, rest_of and preset_folders.find(rest_of) / WEIGHTS)
        weights_sha256 = files.sha256(aside / WEIGHTS, file_sizes.WEIGHTS)
        digests = {"config_sha256": preset_folders.digest(config), "weights_sha256": weights_sha256}
        versions = {"keras": keras.__version__}
        facts = {"parameters": release.count_params(), "versions": versions, "stored_as": "float16"}
        kind = {} if model.KIND == DEFAULT_KIND else {"kind": model.KIND}
        metadata = {**metadata, **facts, **kind}
        if rest_of:
            sha256 = preset_folders.load_metadata(rest_of)["weights_sha256"]
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
    """Writes other metadata into a preset's folder, and anew its model card, if it has one.

    Raises:
        ValueError: if there is no such preset, or it cannot be written.
    """
    folder = preset_folders.find(preset)
    text = _json(metadata)
    files.write(folder / METADATA, text)
    if (folder / CARD).is_file():
        config = texts.read_json(folder / CONFIG)
        files.write(folder / CARD, model_cards.card(folder.name, config, json.loads(text)))


def _json(content):
    try:
        return json.dumps(content, indent=2, allow_nan=False, default=np.generic.item) + "\n"
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The metadata cannot be written ({error}); give texts, finite numbers, lists and dicts."
        ) from error
