"""Trained networks of others in a few files, as they come back from a machine with a GPU."""

import json
from pathlib import Path

import numpy as np

from amp_net.models import rival_presets
from amp_net.storage import half_precision, texts
from experiments.peers import rivals

MOST = 15_000_000
"""Bytes of arrays in a file."""
FEW = 20_000
"""Crops of which the first linear recovery is the best."""
PACK, LIST = "rivals_{}.npz", "rivals.json"


def kept(model):
    """The weights of a network that are stored: all but a Φ that is not learned; `rivals.start` makes it."""
    given = [] if model.sensing.trainable else model.sensing.weights
    return [weight for weight in model.weights if not any(weight is each for each in given)]


class Packs:
    """Writes trained networks into files of a folder, each time anew what has changed.

    Args:
        folder: where to.
    """

    def __init__(self, folder):
        self.folder, self.number, self.arrays, self.told = Path(folder), 0, {}, []

    def add(self, name, ratio, model, facts):
        """Adds a network with what is to be known of its training, and writes the file that it is in."""
        label = rival_presets.label(name, ratio)
        arrays = {f"{label}/{place}": _small(np.array(weight)) for place, weight in enumerate(kept(model))}
        if sum(each.nbytes for each in (*self.arrays.values(), *arrays.values())) > MOST:
            self.number, self.arrays = self.number + 1, {}
        self.arrays |= arrays
        self.told.append({"method": name, "cs_ratio": ratio, **facts})
        np.savez_compressed(self.folder / PACK.format(self.number), **self.arrays)
        (self.folder / LIST).write_text(
            json.dumps({"networks": self.told}, indent=1) + "\n", encoding="utf-8"
        )


def unpack(folder, target, data):
    """Makes presets of the networks in such a folder.

    Args:
        folder: of the packs.
        target: of the presets.
        data: a `Data`, on whose held-out photographs the networks are validated.

    Returns:
        How many.

    Raises:
        ValueError: if a file cannot be read, or is not of these networks.
    """
    from amp_net.models import presets

    folder, arrays = Path(folder), {}
    for path in sorted(folder.glob(PACK.format("*"))):
        with np.load(path) as stored:
            arrays |= {name: stored[name].astype("float32") for name in stored.files}
    told = texts.read_json(folder / LIST)["networks"]
    for facts in told:
        name, ratio = facts["method"], facts["cs_ratio"]
        model, label = rivals.make(name, ratio, "float32"), rival_presets.label(name, ratio)
        rivals.start(name, model, lambda side: data.crops(side)[:FEW])
        for place, weight in enumerate(kept(model)):
            values = arrays.get(f"{label}/{place}")
            if values is None or values.shape != tuple(weight.shape):
                raise ValueError(
                    f"{folder} lacks weights of {label}; it is of another version of the network."
                )
            weight.assign(values)
        model.compile()
        validation = data.validation(rivals.window(name))
        reached = model.evaluate(validation, batch_size=32, verbose=0, return_dict=True)["psnr"]
        own = {key: value for key, value in facts.items() if key not in ("method", "cs_ratio")}
        metadata = {**own, "started_from": "", "validation_psnr": round(float(reached), 3)}
        presets.save(model, Path(target) / label, metadata)
        print(f"{label}: {reached:.2f} dB on held-out photographs after {facts['steps']} steps", flush=True)
    return len(told)


def _small(values):
    """As float16 where that is near enough."""
    rounded = half_precision.rounded(values)
    half = rounded.astype("float16")
    return half if np.array_equal(half.astype("float32"), rounded) else values
