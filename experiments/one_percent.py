"""What more would bring at 1 % on Set11: `python -m experiments.one_percent`.

The shipped network trains on: on T91, of which it was made; on other photographs, those of bsds500_train;
and on the very blocks of Set11 that it is measured with, as no honest training may, without augmentation.
The last is no bound, but an easier task than the one at hand. Nothing of it is shipped. Writes
`experiments/results/one_percent.md`.
"""

import numpy as np
from absl import flags

from amp_net import commands, data_flag

PRESET = "ampa_net_cs1"
STEPS, STRIDE = 500, 100

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def blocks_of(name, photographs):
    """What is trained on, uint8 blocks: a set's own where it is the test set, else crops of it.

    Returns:
        The blocks, and the fields of `TrainingConfig` that the sampling of them takes.
    """
    from amp_net import blocks, images
    from amp_net.training_config import TrainingConfig
    from amp_net.training_data import crop_blocks

    if name == "set11":
        return np.concatenate([blocks.split(images.luminance(image)) for image in photographs]), {}
    crops = crop_blocks(photographs, TrainingConfig.blocks, TrainingConfig.seed)
    return crops, {"augment": TrainingConfig.augment, "padded": 0.125}


def course(training, sampling, steps, policy, tests):
    """Trains the preset on, by the recipe, and measures it at the start and after every `STRIDE` steps.

    Args:
        training: uint8 blocks.
        sampling: arguments of `training_dataset`.
        steps: how many.
        policy: Keras dtype policy.
        tests: grey images to measure with, floats in [0, 1].

    Returns:
        Average PSNRs in dB.
    """
    import keras

    from amp_net import AMPNet
    from amp_net.evaluation import average_psnr
    from amp_net.optimizers import make_optimizer, make_schedule
    from amp_net.training_config import TrainingConfig as Recipe
    from amp_net.training_data import training_dataset

    keras.utils.set_random_seed(Recipe.seed)
    shipped = AMPNet.from_preset(PRESET)
    model = AMPNet(**shipped.config, dtype=policy)
    model.set_weights(shipped.get_weights())
    schedule = make_schedule(Recipe.schedule, Recipe.learning_rate, steps)
    model.compile(optimizer=make_optimizer(Recipe.optimizer, schedule, Recipe.clip_norm))
    numbers = []

    def measure(network):
        numbers.append(average_psnr(network.optimized(), tests))

    measure(shipped)
    each = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: measure(model))
    batches = training_dataset(training, Recipe.batch_size, Recipe.seed, **sampling)
    rounds = {"steps_per_epoch": STRIDE, "epochs": steps // STRIDE}
    model.fit(batches, **rounds, shuffle=False, callbacks=[each], verbose=0)
    return numbers


def main():
    """From the flags to one table."""
    from amp_net import files, image_sets, images, published
    from amp_net.precision import fastest_policy
    from experiments.markdown import command, table
    from experiments.result_files import RESULTS, fingerprint

    sets = {name: image_sets.load(name, FLAGS.data_dir) for name in ("set11", "bsds500_train", "t91")}
    tests = [images.to_unit(image) for _, image in sets["set11"]]

    rows = []
    for name, photographs in sets.items():
        training, sampling = blocks_of(name, [image for _, image in photographs])
        numbers = course(training, sampling, STEPS, fastest_policy(), tests)
        rows.append([name, len(training), *(f"{number:.2f}" for number in numbers)])
        heading = ("trained on", "blocks", *(f"{step} steps" for step in range(0, STEPS + 1, STRIDE)))
        page = table(heading, rows)
        aim = published.figures("set11")["AMPA-Net"][1]
        files.write(
            RESULTS / "one_percent.md",
            f"PSNR (dB) on Set11 of {PRESET} ({fingerprint(PRESET)}) while it trains on, "
            f"{command('experiments.one_percent')}; published is {aim}:\n\n{page}",
        )
    print(page)


if __name__ == "__main__":
    commands.run(main)
