"""Trains and measures networks that the paper compares with: `python -m experiments.peers.train_rivals`.

Each network at each CS ratio gets the same minutes, on crops of T91 and of BSDS500's training photographs, of
which some are held out. With `--from_neighbour` it starts from the network of the neighbouring ratio, if that
is trained. Weights go to `runs/rivals/NAME_csRATIO`, where `amp_net.evaluate --method=NAME` finds them, and a
row for each test set into `experiments/results/peers/rivals.csv`. What is in it with these minutes is not
trained again, and a training that was stopped goes on. `--packs` takes the networks first that a machine
with a GPU has trained (`python -m experiments.accelerator --part=rivals`); `--minutes` is then what each had
there. `--quick` is a smoke run, which writes nothing. `python -m experiments.peers.rivals_page` makes the
page of the rows.
"""

import functools

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.models import rival_presets
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from experiments.recipe.plan import RATIOS
from experiments.shared import dataset_flag

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(dataset_flag)
flags.DEFINE_list("methods", [], "Networks, with commas; without it all.")
flags.DEFINE_list("cs_ratios", [f"{ratio}" for ratio in RATIOS], "CS ratios in percent, in this order.")
flags.DEFINE_float("minutes", 20, "Minutes for each training.", lower_bound=0.01)
flags.DEFINE_bool("from_neighbour", False, "Whether to start from the neighbouring CS ratio's network.")
flags.DEFINE_string("packs", None, "Folder of the accelerator's job, whose networks are taken first.")
flags.DEFINE_bool("quick", False, "A smoke run: seconds of training, measured on a part of one photograph.")


def main():
    """From the flags to rows."""
    from experiments.peers import packed_rivals, rival_trainings, rivals

    methods = FLAGS.methods or list(rivals.NAMES)
    if unknown := [name for name in methods if name not in rivals.NAMES]:
        raise ValueError(f"There is no network {unknown[0]!r}; there are {', '.join(rivals.NAMES)}.")
    known = {f"{ratio}": ratio for ratio in PUBLISHED_MEASUREMENTS}
    if strange := [ratio for ratio in FLAGS.cs_ratios if ratio not in known]:
        raise ValueError(f"The CS ratio is {strange[0]!r}; it is one of {', '.join(known)}, in percent.")
    ratios = [known[ratio] for ratio in FLAGS.cs_ratios]
    if FLAGS.quick:
        rival_trainings.quick(methods, ratios[:1])
        return
    data = functools.cache(lambda: rival_trainings.Data.of_sets(FLAGS.data_dir))
    if FLAGS.packs:
        packed_rivals.unpack(FLAGS.packs, rival_presets.FOLDER, data())
    rival_trainings.run(
        methods,
        ratios,
        FLAGS.dataset,
        FLAGS.minutes,
        rival_presets.FOLDER,
        data,
        FLAGS.data_dir,
        FLAGS.from_neighbour,
    )


if __name__ == "__main__":
    cli.run(main)
