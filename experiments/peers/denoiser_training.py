"""The training of LD-AMP's denoiser, and what noise it leaves."""

from experiments.shared.markdown import command

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
        "command": command("experiments.peers.dn_cnn").strip("`"),
        "commit": commit(),
        "minutes": minutes,
        "steps": budget.steps,
        "results": {"validation_psnr": reached},
        "curve": budget.curve,
    }
    presets.save(model, place, metadata)
    budget.remove()
    return reached
