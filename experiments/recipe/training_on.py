"""What more training would bring: `python -m experiments.recipe.training_on --case=one_percent`.

A shipped network trains on: on T91, on other photographs, and on the very blocks it is measured with. No
honest training may do the last. It shows how far the figures are from what the network could hold, not what
it could have learned of T91. Nothing of it is shipped. Writes `experiments/results/recipe/CASE.md`.
"""

import dataclasses

import numpy as np
from absl import flags

from amp_net import evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.evaluation import published
from amp_net.images import blocks
from amp_net.storage.disk import files
from amp_net.training.config import TrainingConfig
from amp_net.training.config import TrainingConfig as Recipe
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, TITLES, fingerprint
from experiments.shared.trainings.short_trainings import optimizer_for

STEPS = 500


@dataclasses.dataclass(frozen=True)
class Case:
    """What is to be trained on and measured.

    Attributes:
        preset: the network.
        dataset: the test set.
        nth: only every nth of its photographs is used.
        stride: steps between two measurements.
        padded: as in `TrainingConfig`, for crops; blocks of the test set are padded where they are at
            an edge.
    """

    preset: str
    dataset: str
    nth: int = 1
    stride: int = 100
    padded: float = 0.0


CASES = {
    "one_percent": Case("ampa_net_cs1", "set11", padded=0.125),
    "ten_percent": Case("amp_net_cs10", "urban100", nth=10, stride=250),
}

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_enum("case", None, list(CASES), "At 1 % on Set11, or at 10 % on Urban100.", required=True)


def blocks_of(case, name, photographs):
    """What is trained on, uint8 blocks: the test set's own, or crops of other photographs.

    Returns:
        The blocks, and the fields of `TrainingConfig` that the sampling of them takes.
    """
    from amp_net.training.data.crops import crop_blocks

    if name == case.dataset:
        planes = [plane for image in photographs for plane in evaluation.channels(image)]
        return np.concatenate([blocks.split(plane) for plane in planes]), {}
    crops = crop_blocks(photographs, TrainingConfig.blocks, TrainingConfig.seed)
    return crops, {"augment": TrainingConfig.augment, "padded": case.padded}


def course(case, training, sampling, policy, tests):
    """Trains the preset on, by the recipe, and measures it at the start and after every `stride` steps.

    Args:
        case: a `Case`.
        training: uint8 blocks.
        sampling: arguments of `training_dataset`.
        policy: Keras dtype policy.
        tests: grey images to measure with, floats in [0, 1].

    Returns:
        Average PSNRs in dB.
    """
    import keras

    from amp_net import AMPNet
    from amp_net.evaluation import average_psnr
    from amp_net.training.data.batches import training_dataset

    keras.utils.set_random_seed(Recipe.seed)
    shipped = AMPNet.from_preset(case.preset)
    model = AMPNet(**shipped.config, dtype=policy)
    model.set_weights(shipped.get_weights())
    model.compile(optimizer=optimizer_for(Recipe, STEPS))
    numbers = []

    def measure(network):
        numbers.append(average_psnr(network.optimized(), tests))

    measure(shipped)
    each = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: measure(model))
    batches = training_dataset(training, Recipe.batch_size, Recipe.seed, **sampling)
    rounds = {"steps_per_epoch": case.stride, "epochs": STEPS // case.stride}
    model.fit(batches, **rounds, shuffle=False, callbacks=[each], verbose=0)
    return numbers


def write_page(case, name, data_dir):
    """Runs the three courses of a case and writes its page, row by row."""
    from amp_net.photographs import image_sets
    from amp_net.training.steps.precision import fastest_policy

    sets = {
        each: [image for _, image in image_sets.load(each, data_dir)]
        for each in (case.dataset, "bsds500_train", "t91")
    }
    measured = sets[case.dataset] = sets[case.dataset][:: case.nth]
    tests = [images.to_unit(plane) for image in measured for plane in evaluation.channels(image)]
    title = TITLES[case.dataset]
    which = f"every {case.nth}th photograph of {title}" if case.nth > 1 else title
    of_all = f", of all {title}" if case.nth > 1 else ""
    network, ratio = published.split_name(case.preset)
    aim = published.figures(case.dataset)[network][ratio]
    rows = []
    for each, photographs in sets.items():
        training, sampling = blocks_of(case, each, photographs)
        numbers = course(case, training, sampling, fastest_policy(), tests)
        rows.append([each, len(training), *(f"{number:.2f}" for number in numbers)])
        heading = ("trained on", "blocks", *(f"{step} steps" for step in range(0, STEPS + 1, case.stride)))
        page = table(heading, rows)
        files.write(
            RESULTS / "recipe" / f"{name}.md",
            f"PSNR (dB) on {which} of {case.preset} ({fingerprint(case.preset)}) while it trains on, "
            f"{command('experiments.recipe.training_on')}; published is {aim}{of_all}:\n\n{page}",
        )
    print(page)


def main():
    """From the flags to one table."""
    write_page(CASES[FLAGS.case], FLAGS.case, FLAGS.data_dir)


if __name__ == "__main__":
    cli.run(main)
