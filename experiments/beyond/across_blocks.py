"""What looking across the borders of blocks would bring: `python -m experiments.beyond.across_blocks`.

A small CNN is trained to correct what a shipped network, whose weights stay as they are, rebuilds of T91: one
is shown every block by itself, another the image that the blocks make up. The two are alike in all else, so
what the second has over the first it has from beyond the blocks. Neither is shipped, since the paper's
networks work block by block. Writes `experiments/results/beyond/across_blocks.md`.
"""

import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.evaluation import published
from amp_net.images import blocks, quality
from amp_net.storage.disk import files
from amp_net.training.config import TrainingConfig
from experiments.beyond.block_borders import distance_to_border
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, fingerprint

PRESETS = ("ampa_net_cs10", "ampa_net_cs25")
WINDOWS, BLOCKS = 1024, 3
"""The training photographs are cut to so many windows, each of this many blocks by as many."""
RIVAL = "OPINE-Net+ (across blocks)"
LAYERS, FEATURES, STEPS, BATCH, RATE = 6, 32, 1000, 4, 1e-3

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def make_cnn():
    """A CNN from the two channels of `with_distance` to grey images; untrained it returns the first."""
    import keras

    given = keras.Input((None, None, 2))
    features = given
    for _ in range(LAYERS - 1):
        features = keras.layers.Conv2D(FEATURES, 3, padding="same", activation="relu")(features)
    correction = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros")(features)
    return keras.Model(given, given[..., :1] + correction)


def with_distance(images, size):
    """Grey images, `(batch, height, width, 1)`, with distances to the blocks' borders as a second channel."""

    distance = distance_to_border(images.shape[1:3], size) / (size // 2)
    return np.concatenate([images, np.broadcast_to(distance[..., None], images.shape)], -1, dtype="float32")


def pieces(images, size, across):
    """What the CNN is shown of images, `(batch, height, width, 1)`: them, or their blocks of this size."""

    return images if across else np.concatenate([blocks.split(image, size) for image in images])


def trained_cnn(restored, originals, size, across):
    """A CNN trained to make originals of reconstructions, both `(count, height, width, 1)`."""
    import keras
    import tensorflow as tf

    from amp_net.training.steps.optimizers import make_optimizer, make_schedule

    keras.utils.set_random_seed(TrainingConfig.seed)
    shown = with_distance(pieces(restored, size, across), size)
    pairs = tf.data.Dataset.from_tensor_slices((shown, pieces(originals, size, across)))
    batch = BATCH * len(shown) // len(restored)
    cnn = make_cnn()
    cnn.compile(optimizer=make_optimizer("adam", make_schedule("cosine", RATE, STEPS), 0), loss="mse")
    batches = pairs.shuffle(len(shown), seed=TrainingConfig.seed).repeat().batch(batch)
    cnn.fit(batches, steps_per_epoch=STEPS, shuffle=False, verbose=0)
    return cnn


def correct(cnn, image, size, across):
    """One image, `(height, width)`, as the CNN corrects it, piece by piece."""

    corrected = np.asarray(cnn(with_distance(pieces(image[None, ..., None], size, across), size)))
    return corrected[0, ..., 0] if across else blocks.merge(corrected, image.shape)


def main():
    """From the flags to one table."""
    from amp_net import AMPNet
    from amp_net.photographs import image_sets
    from amp_net.training.data.crops import crop_blocks

    photographs = {
        name: [image for _, image in image_sets.load(name, FLAGS.data_dir)] for name in ("t91", "set11")
    }
    tests = [images.to_unit(image) for image in photographs["set11"]]
    aims = published.other_figures("set11")[RIVAL]
    rows = []
    for preset in PRESETS:
        model = AMPNet.from_preset(preset).optimized()
        size = model.block_size
        windows = crop_blocks(photographs["t91"], WINDOWS, TrainingConfig.seed, BLOCKS * size)
        originals = images.to_unit(windows)
        restored = np.stack([evaluation.rebuild_blocks(model, window) for window in originals[..., 0]])[
            ..., None
        ]
        rebuilt = [evaluation.rebuild_blocks(model, image) for image in tests]
        reached = [rebuilt]
        for across in (False, True):
            cnn = trained_cnn(restored, originals, size, across)
            reached.append([correct(cnn, image, size, across) for image in rebuilt])
        means = [
            np.mean([quality.psnr(*pair) for pair in zip(tests, found, strict=True)]) for found in reached
        ]
        ratio = published.split_name(preset)[1]
        rows.append([preset, fingerprint(preset), *(f"{mean:.2f}" for mean in means), f"{aims[ratio]:.2f}"])
    heading = ("preset", "weights", "as it is", "CNN on each block", "CNN on the image", RIVAL)
    page = table(heading, rows)
    files.write(
        RESULTS / "beyond" / "across_blocks.md",
        f"Average PSNR (dB) on Set11, {command('experiments.beyond.across_blocks')}; "
        f"the last as published:\n\n{page}",
    )
    print(page)


if __name__ == "__main__":
    cli.run(main)
