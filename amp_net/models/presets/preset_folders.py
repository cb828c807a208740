"""Where presets are, and what their files say without the weights."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import keras

from amp_net.models.presets import fetched
from amp_net.storage import texts

CONFIG, METADATA, WEIGHTS, CARD = "config.json", "metadata.json", "model.weights.h5", "README.md"
CURVE = "curve.csv"
"""Of the training, where one was kept."""
DEFAULT_KIND = "amp_net"
"""Of presets that name none."""
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
    return {name: folder for name, folder in sorted(found.items()) if kind is None or kind_of(folder) == kind}


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
    return [weights, digest(texts.read_json(folder / CONFIG)), keras.backend.backend()]


def is_any_ratio(preset):
    """Whether a preset holds a network for all CS ratios.

    Raises:
        ValueError: if there is no such preset.
    """
    return kind_of(find(preset)) == "any_ratio"


def is_any_phi(preset):
    """Whether a preset holds a network for any sensing matrix.

    Raises:
        ValueError: if there is no such preset.
    """
    return kind_of(find(preset)) == "any_phi"


def load_metadata(preset):
    """How a preset was made and what it reached, as a dict.

    Raises:
        ValueError: if there is no such preset, or its metadata cannot be read.
    """
    return texts.read_json(find(preset) / METADATA)


def kind_of(folder):
    """The kind of network of a preset; the default where its metadata cannot be read, as `load` says."""
    try:
        return texts.read_json(folder / METADATA).get("kind", DEFAULT_KIND)
    except ValueError:
        return DEFAULT_KIND


def digest(config):
    """The SHA-256 of what a config says, however its file ends its lines."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
