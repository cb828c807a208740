"""Trainings of networks that the paper compares with, each of so many minutes, and what they reach."""

import functools
import tempfile
from pathlib import Path

import numpy as np

from amp_net.models import rival_presets
from amp_net.storage import texts
from experiments.shared.markdown import command
from experiments.shared.result_files import RESULTS

FILE = RESULTS / "peers" / "rivals.csv"
COLUMNS = (
    *("method", "cs_ratio", "dataset", "images", "psnr", "ssim", "validation_psnr"),
    *("minutes", "steps", "parameters", "started_from", "commit"),
)
HELD_OUT, SEED = 10, 1
PIXELS = 88_912 * 33**2
"""Of all crops, about: as many as the paper's blocks have."""
VALIDATION = 512
QUICK_MINUTES = 0.02


class Data:
    """Crops of the photographs to train and validate on.

    Args:
        training, held_out: uint8 photographs.
        pixels: of all crops of a side, about.
    """

    def __init__(self, training, held_out, pixels=PIXELS):
        self.training, self.held_out, self.pixels = training, held_out, pixels
        self.last = np.empty((0, 0, 0, 1), "uint8")

    @classmethod
    def of_sets(cls, data_dir, sets=("t91", "bsds500_train"), pixels=PIXELS):
        """Those of data sets by name, of which `HELD_OUT` photographs are held out; see `image_sets.load`."""
        from amp_net.photographs import image_sets
        from amp_net.training.data.crops import hold_out

        photographs = [image for name in sets for _, image in image_sets.load(name, data_dir)]
        return cls(*hold_out(photographs, min(HELD_OUT, len(photographs) - 1), SEED), pixels)

    def crops(self, side):
        """uint8 crops to train on, `(count, side, side, 1)`; the last ones are remembered."""
        from amp_net.training.data.crops import crop_blocks

        if self.last.shape[1] != side:
            self.last = crop_blocks(self.training, max(1, self.pixels // side**2), SEED, side)
        return self.last

    def validation(self, side):
        """Crops of the held-out photographs, floats."""
        from amp_net import images
        from amp_net.training.data.crops import crop_blocks

        return images.to_unit(crop_blocks(self.held_out, VALIDATION, SEED, side))


def missing(methods, ratios, datasets, minutes, rows):
    """Names, CS ratios and test sets of which there is no row with so many minutes."""
    done = {
        (row["method"], row["cs_ratio"], row["dataset"]) for row in rows if float(row["minutes"]) == minutes
    }
    left = [(name, ratio) for name in methods for ratio in ratios]
    found = {
        (name, ratio): [dataset for dataset in datasets if (name, f"{ratio}", dataset) not in done]
        for name, ratio in left
    }
    return {cell: sets for cell, sets in found.items() if sets}


def trained(name, ratio, minutes, folder, data, from_neighbour):
    """A network after its training, as it is stored: made, gone on with, or read if it is there.

    Args:
        name, ratio: of `rivals.NAMES`; CS ratio in percent.
        minutes: of the training.
        folder: of all weights.
        data: a function that gives a `Data`.
        from_neighbour: whether to start from the neighbouring CS ratio's network.

    Returns:
        The network, and the metadata of its preset.
    """
    from amp_net.models import presets
    from experiments.peers import rivals

    place = folder / rival_presets.label(name, ratio)
    source_place = folder / rival_presets.label(name, rivals.neighbour(ratio) or 0)
    source = source_place.name if from_neighbour and (source_place / presets.CONFIG).is_file() else ""
    settings = {"minutes": minutes, "started_from": source}
    if (place / presets.CONFIG).is_file():
        metadata = presets.load_metadata(place)
        if {key: metadata.get(key) for key in settings} == settings:
            return presets.load(rivals.class_of(name), place), metadata
    other = presets.load(rivals.class_of(name), source_place) if source else None
    metadata = _train(name, ratio, settings, place, data(), other)
    return presets.load(rivals.class_of(name), place), metadata


def measured(label, model, datasets, data_dir, way):
    """Means by test set: `images`, `psnr` and `ssim`, of a model that senses and rebuilds."""
    from amp_net import evaluation

    rows = list(evaluation.evaluate([], datasets, data_dir, methods={label: model}, way=way))
    return {
        each["dataset"]: {
            "images": each["images"],
            "psnr": f"{each['psnr']:.3f}",
            "ssim": f"{each['ssim']:.4f}",
        }
        for each in evaluation.summarize(rows)
    }


def _train(name, ratio, settings, place, data, source):
    import keras

    from amp_net.models import presets
    from amp_net.training.callbacks import commit
    from amp_net.training.data.batches import training_dataset
    from amp_net.training.steps.optimizers import make_optimizer
    from amp_net.training.steps.precision import fastest_policy
    from experiments.peers import rivals
    from experiments.shared.budget import Budget, train

    keras.utils.set_random_seed(SEED)
    how, side = rivals.settings_of(name), rivals.window(name)
    model = rivals.make(name, ratio, fastest_policy())
    rivals.start(name, model, data.crops, source)
    model.compile(optimizer=make_optimizer(how.optimizer, how.learning_rate, how.clip_norm))
    crops = data.crops(side)
    # Of a smoke run there are few.
    batch = min(how.batch_size, len(crops))
    unfinished = place.with_name(f"{place.name}-unfinished")
    budget = Budget(unfinished, settings, settings["minutes"], how.learning_rate)
    train(model, lambda seen: training_dataset(crops, batch, SEED, seen, augment=True), budget)
    reached = model.evaluate(data.validation(side), batch_size=batch, verbose=0, return_dict=True)["psnr"]
    metadata = {
        **settings,
        "command": command("experiments.peers.train_rivals").strip("`"),
        "commit": commit(),
        "steps": budget.steps,
        "validation_psnr": round(float(reached), 3),
        "curve": budget.curve,
    }
    presets.save(model, place, metadata)
    budget.remove()
    return presets.load_metadata(place)


def run(methods, ratios, datasets, minutes, folder, data, data_dir, from_neighbour):
    """Trains and measures what the CSV file lacks, a row as it comes."""
    from experiments.peers import rivals

    wanted = missing(methods, ratios, datasets, minutes, texts.read_csv(FILE))
    for number, ((name, ratio), sets) in enumerate(wanted.items(), 1):
        model, metadata = trained(name, ratio, minutes, folder, data, from_neighbour)
        # Blockwise, as the paper has ours; the others have no other way than their own.
        way = "blockwise" if name in rivals.OURS else "whole"
        model = model.optimized() if name in rivals.OURS else model
        found = measured(rival_presets.label(name, ratio), model, sets, data_dir, way)
        rows = [
            {
                **{"method": name, "cs_ratio": f"{ratio}", "dataset": dataset, **found[dataset]},
                **{column: metadata[column] for column in COLUMNS if column in metadata},
            }
            for dataset in sets
        ]
        keys = {(row["method"], row["cs_ratio"], row["dataset"]) for row in rows}
        # Read again: a training takes minutes.
        kept = [
            row
            for row in texts.read_csv(FILE)
            if (row["method"], row["cs_ratio"], row["dataset"]) not in keys
        ]
        texts.write_csv(FILE, COLUMNS, [*kept, *rows])
        told = (f"{dataset} {found[dataset]['psnr']} dB" for dataset in sets)
        print(f"{number} of {len(wanted)}: {name} at {ratio} %:", *told, flush=True)


def quick(methods, ratios):
    """A training of seconds of each network, measured on a part of a photograph; nothing is kept."""
    from amp_net import evaluation
    from amp_net.photographs import image_sets

    part = dict(image_sets.load("samples"))["camera"][100:166, 200:266]
    data = Data.of_sets(None, ("samples",), 1000 * 33**2)
    for name in methods:
        for ratio in ratios:
            with tempfile.TemporaryDirectory() as folder:
                model, metadata = trained(name, ratio, QUICK_MINUTES, Path(folder), lambda: data, False)
            row, _ = evaluation.compare(functools.partial(evaluation.rebuild, model), part)
            print(f"{name} at {ratio} %: {row['psnr']:.2f} dB after {metadata['steps']} steps", flush=True)
