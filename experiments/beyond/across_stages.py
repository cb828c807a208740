"""What looking beyond the block in every stage would bring: `python -m experiments.beyond.across_stages`.

A shipped AMP-Net trains on for some steps in two ways: block by block, as the paper has it, and with CNNs
that are shown the image that the blocks make up, which are sensed one by one all the same. Both begin with
the same weights and see the same windows of T91, so what the second has over the first it has from beyond
the blocks. Neither is shipped. Writes `experiments/results/beyond/across_stages.md`.
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
from amp_net.training.config import TrainingConfig as Recipe
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, fingerprint
from experiments.shared.trainings.short_trainings import in_float32, optimizer_for

PRESETS = ("amp_net_cs10", "amp_net_cs25")
WINDOWS, GRID, BATCH, STEPS = 9879, (3, 3), 4, 1000
"""Windows of so many blocks, as many pixels as all training blocks have, and windows in a batch."""
RIVAL = "OPINE-Net+ (across blocks)"

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def train_on(model, windows, steps):
    """Trains by the recipe on the blocks of uint8 windows, `GRID` of them in each."""
    import keras

    from amp_net.layers import AcrossBlocks
    from amp_net.training.data.batches import training_dataset

    keras.utils.set_random_seed(Recipe.seed)
    model.compile(optimizer=optimizer_for(Recipe, steps))
    batches = training_dataset(windows, BATCH, Recipe.seed, augment=Recipe.augment)
    batches = batches.map(AcrossBlocks(*GRID, model.block_size).split)
    model.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)


def rebuild_joined(model, image):
    """As `evaluation.rebuild_blocks`, but of a `JoinedAMPNet` and of all blocks at once."""
    model.grid = tuple(-(-side // model.block_size) for side in image.shape)
    return blocks.merge(model(blocks.split(image, model.block_size)), image.shape)


def main():
    """From the flags to one table."""
    from amp_net import AMPNet
    from amp_net.photographs import image_sets
    from amp_net.training.data.crops import crop_blocks
    from amp_net.training.steps.precision import fastest_policy
    from experiments.beyond.joined_network import JoinedAMPNet

    photographs = {
        name: [image for _, image in image_sets.load(name, FLAGS.data_dir)] for name in ("t91", "set11")
    }
    tests = [images.to_unit(image) for image in photographs["set11"]]
    aims, rows = published.other_figures("set11")[RIVAL], []
    for preset in PRESETS:
        shipped = AMPNet.from_preset(preset)
        fields, side = shipped.config, GRID[0] * shipped.block_size
        windows = crop_blocks(photographs["t91"], WINDOWS, TrainingConfig.seed, side)
        reached = [evaluation.average_psnr(shipped.optimized(), tests)]
        for kind, more in ((AMPNet, {}), (JoinedAMPNet, {"grid": GRID})):
            model = kind(**fields, **more, dtype=fastest_policy())
            model.set_weights(shipped.get_weights())
            train_on(model, windows, STEPS)
            measured, rebuild = in_float32(model), rebuild_joined if more else evaluation.rebuild_blocks
            reached.append(np.mean([quality.psnr(image, rebuild(measured, image)) for image in tests]))
            print(preset, kind.__name__, f"{reached[-1]:.3f}", flush=True)
        aim = aims[published.split_name(preset)[1]]
        rows.append([preset, fingerprint(preset), *(f"{number:.2f}" for number in reached), f"{aim:.2f}"])
        heading = ("preset", "weights", "as it is", "on, block by block", "on, across blocks", RIVAL)
        page = table(heading, rows)
        files.write(
            RESULTS / "beyond" / "across_stages.md",
            f"Average PSNR (dB) on Set11 of AMP-Net that trains on for {STEPS} steps, "
            f"{command('experiments.beyond.across_stages')}; the last as published:\n\n{page}",
        )
    print(page)


if __name__ == "__main__":
    cli.run(main)
