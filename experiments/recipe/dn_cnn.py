"""Trains the denoiser of LD-AMP: `python -m experiments.recipe.dn_cnn --minutes=60`.

On crops of T91 and of BSDS500's training photographs, of which some are held out; a training that was stopped
goes on. Weights go to `runs/rivals/dn_cnn`, where `--method=ld_amp` finds them, with how much noise of some
levels they leave of the held-out crops. `--quick` is a smoke run of seconds, which writes nothing.
"""

import tempfile
from pathlib import Path

from absl import flags

from amp_net import cli
from amp_net.command_flags import data_flag
from amp_net.models import rival_presets
from experiments.shared.markdown import command

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_float("minutes", 60, "Minutes for the training.", lower_bound=0.01)
flags.DEFINE_bool("quick", False, "A smoke run: seconds, on the photographs of scikit-image.")

SIDE, BATCH, SEED = 48, 16, 1
RATE, CLIP_NORM = 1e-3, 1.0
LEVELS = (5, 15, 25, 50, 100, 200)
"""Of the noise that is measured, of pixels up to 255."""


def left(model, clean):
    """PSNR in dB by level of the noise, taken away from crops, floats `(count, side, side, 1)`."""
    import numpy as np
    from keras import ops

    from amp_net.images import quality

    reached = {}
    for level in LEVELS:
        noise = np.random.default_rng(SEED).standard_normal(clean.shape, "float32") * level / 255
        restored = ops.convert_to_numpy(model(clean + noise, levels=np.full(len(clean), level / 255)))
        pairs = zip(clean[..., 0], restored[..., 0], strict=True)
        reached[f"{level}"] = round(float(np.mean([quality.psnr(*pair) for pair in pairs])), 2)
    return reached


def train_into(place, data, minutes, **fields):
    """Trains a `DnCNN` of some fields, writes its preset, and gives what `left` finds."""
    import keras

    from amp_net.models import presets
    from amp_net.models.rivals.dn_cnn import DnCNN
    from amp_net.training.callbacks import commit
    from amp_net.training.data.batches import training_dataset
    from amp_net.training.steps.optimizers import make_optimizer
    from amp_net.training.steps.precision import fastest_policy
    from experiments.shared.budget import Budget, train

    keras.utils.set_random_seed(SEED)
    model = DnCNN(**fields, dtype=fastest_policy())
    model.compile(optimizer=make_optimizer("adam", RATE, CLIP_NORM))
    crops, unfinished = data.crops(SIDE), place.with_name(f"{place.name}-unfinished")
    budget = Budget(unfinished, {"minutes": minutes, **model.config}, minutes, RATE)
    train(model, lambda seen: training_dataset(crops, BATCH, SEED, seen, augment=True), budget)
    reached = left(model, data.validation(SIDE)[:64])
    metadata = {
        "command": command("experiments.recipe.dn_cnn").strip("`"),
        "commit": commit(),
        "minutes": minutes,
        "steps": budget.steps,
        "results": {"validation_psnr": reached},
        "curve": budget.curve,
    }
    presets.save(model, place, metadata)
    budget.remove()
    return reached


def main():
    """From the flags to the preset."""
    from experiments.peers.rival_trainings import QUICK_MINUTES, Data

    if FLAGS.quick:
        with tempfile.TemporaryDirectory() as folder:
            data = Data(None, ("samples",), 500 * SIDE**2)
            print(train_into(Path(folder) / "dn_cnn", data, QUICK_MINUTES, depth=4, channels=8))
        return
    print(train_into(rival_presets.FOLDER / "dn_cnn", Data(FLAGS.data_dir), FLAGS.minutes))


if __name__ == "__main__":
    cli.run(main)
