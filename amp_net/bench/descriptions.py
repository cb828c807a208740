"""An acquisition as JSON, beside the patterns that it describes."""

import json
from pathlib import Path

import numpy as np

from amp_net.bench import pattern_files
from amp_net.bench.acquisition import KINDS, RANDOM, SPLITS, Acquisition, random_matrix
from amp_net.models import networks, presets
from amp_net.models.inputs.sensing_matrix import MOST_ENTRIES
from amp_net.storage import texts

NAME, MATRIX = "patterns.json", "phi.npy"
"""Of the description, and of the file with a Φ that is of kind `file`, which lies beside it."""
FORMAT, VERSION = "amp_net patterns", 1
LONGEST_SIDE = 4096


def content_of(acquisition, device=None):
    """What a description says, a dict for JSON.

    Args:
        acquisition: an `Acquisition`.
        device: a dict of how the patterns lie on the device, for people to read; or None.
    """
    found = {
        "format": FORMAT,
        "version": VERSION,
        "phi": acquisition.kind,
        "phi_sha256": acquisition.sha256,
        "frame": list(acquisition.frame),
        "measurements": acquisition.measurements,
        "split": acquisition.split,
    }
    if acquisition.rows is not None:
        found["rows"] = [int(row) for row in acquisition.rows]
    if acquisition.kind in RANDOM:
        found["seed"] = acquisition.seed
    if acquisition.kind == "preset":
        found |= {"preset": acquisition.preset, "cs_ratio": acquisition.cs_ratio}
    return found | ({"device": device} if device else {})


def read(path, preset=None):
    """The `Acquisition` that a description tells of.

    Args:
        path: of the JSON file, or its folder.
        preset: name or folder of the preset whose Φ was shown, instead of the one that it names.

    Raises:
        ValueError: if it cannot be read, is none, or Φ is another than the described.
    """
    path = Path(path)
    path = path / NAME if path.is_dir() else path
    content = texts.read_json(path)
    try:
        found = _acquisition(content, path, preset)
    except (ValueError, TypeError, OverflowError) as error:
        message = str(error)
        if str(path) in message:
            raise
        raise ValueError(f"{path} is refused: {message}") from error
    if content.get("phi_sha256") != found.sha256:
        raise ValueError(f"{path} is refused: its Φ does not have the SHA-256 that it records.")
    return found


def _acquisition(content, path, preset):
    if content.get("format") != FORMAT:
        raise ValueError(f"it is no description of patterns; {FORMAT!r} writes them")
    if content.get("version") != VERSION:
        raise ValueError(f"it has version {content.get('version')!r:.20}; this one reads {VERSION}")
    kind, split, frame = (content.get(name) for name in ("phi", "split", "frame"))
    if kind not in KINDS or split not in SPLITS:
        raise ValueError(f"its phi is {kind!r:.50} and its split {split!r:.50}; there are none of these")
    if not isinstance(frame, list) or len(frame) != 2 or not all(map(_is_side, frame)):
        raise ValueError(f"its frame is {frame!r:.50}, not a height and a width of 1 to {LONGEST_SIDE}")
    count = content.get("measurements")
    pixels = frame[0] * frame[1]
    if not isinstance(count, int) or not 0 < count <= 2 * pixels:
        raise ValueError(f"it has {count!r:.50} measurements of {pixels} pixels")
    facts = {"kind": kind, "frame": tuple(frame), "split": split}
    if kind == "hadamard":
        rows = content.get("rows")
        if not isinstance(rows, list) or len(rows) != count or not all(type(row) is int for row in rows):
            raise ValueError(f"its rows are not {count} whole numbers")
        found = Acquisition(**facts, rows=np.asarray(rows, "int64"))
        # The rows are looked at when it is made.
        _ = found.operator
        return found
    if count * pixels > MOST_ENTRIES:
        raise ValueError(f"a Φ of {count}×{pixels} has more than {MOST_ENTRIES} entries")
    if kind in RANDOM:
        seed = content.get("seed")
        if not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise ValueError(f"its seed is {seed!r:.50}, not a whole number of 0 or more")
        return Acquisition(**facts, matrix=random_matrix(kind, count, pixels, seed), seed=seed)
    if kind == "preset":
        return _of_preset(content, facts, count, preset)
    matrix, frame = pattern_files.read(path.with_name(MATRIX), frame=tuple(frame))
    if len(matrix) != count:
        raise ValueError(f"it has {count} measurements, and {MATRIX} has {len(matrix)} rows")
    return Acquisition(**facts, matrix=matrix)


def _of_preset(content, facts, count, preset):
    """The Φ of a preset of this package, or of the user's; what a file names is never taken for a path."""
    name, ratio = content.get("preset"), content.get("cs_ratio")
    if preset is None and name not in presets.shipped(None):
        raise ValueError(
            f"there is no preset {str(name)[: presets.LONGEST_NAME]!r} in this package; if it is a folder of "
            "yours, give it with --preset"
        )
    if ratio is not None and not (isinstance(ratio, (int, float)) and 0 < ratio <= 100):
        raise ValueError(f"its cs_ratio is {ratio!r:.50}, not a percentage")
    found = of_preset(preset or name, ratio, facts["split"])
    if (found.frame, found.measurements) != (facts["frame"], count):
        raise ValueError(
            f"{found.preset} has {found.measurements} patterns of {found.frame[0]}×{found.frame[1]} pixels"
        )
    return found


def of_preset(preset, cs_ratio=None, split="none", measurements=None):
    """The learned Φ of a preset.

    Raises:
        ValueError: as `networks.load`.
    """
    model = networks.load(preset, cs_ratio, measurements)
    side = model.block_size
    return Acquisition(
        "preset",
        (side, side),
        None,
        np.asarray(model.sensing.matrix, "float32"),
        split,
        0,
        str(preset),
        cs_ratio,
    )


def _is_side(side):
    return type(side) is int and 1 <= side <= LONGEST_SIDE


def dumps(acquisition, device=None):
    """The text of a description."""
    return json.dumps(content_of(acquisition, device), indent=1, allow_nan=False) + "\n"
