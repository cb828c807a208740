"""Trains AMP-Net or AMPA-Net: `python -m amp_net.train --output_dir=runs/cs25`."""

import dataclasses
import shlex
import sys
from time import monotonic
from typing import Any

from absl import flags

from amp_net.command_flags import data_flag, range_flag
from amp_net.command_line import cli, progress
from amp_net.training.config import POLICIES
from amp_net.training.config import TrainingConfig as Default
from amp_net.training.recipes import RECIPES

ATTENTIONS = ("initialization", "spatial", "channel")
OF_NETWORK = {
    "loss_penalty": "charbonnier",
    "normalization": "affine",
    "residual": "current",
    "symmetry_fraction": 0.125,
}
"""Fields of the network that have a flag, with what is usual."""

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "recipe",
    "ours",
    list(RECIPES),
    "Where the settings come from that no flag gives: ours, or the paper's text (training/recipes.py).",
)
flags.DEFINE_float("cs_ratio", 25, "Measurements in percent of the pixels, above 0 and at most 100.")
flags.DEFINE_multi_enum(
    "attention",
    [],
    ["all", *ATTENTIONS],
    "An attention to use; repeat for several. None: AMP-Net, all: AMPA-Net.",
)
flags.DEFINE_integer("stages", 9, "Number of stages, K.")
flags.DEFINE_enum(
    "start", Default.start, ["pca", "orthonormal", "gaussian"], "How the sensing matrix starts."
)
flags.DEFINE_string("start_from", None, "A preset, of any CS ratio, to start from; instead of --start.")
flags.DEFINE_enum(
    "loss_penalty",
    "charbonnier",
    ["charbonnier", "l1", "l2"],
    "How errors count: the paper's penalty, their absolute value, or their square.",
)
flags.DEFINE_enum(
    "normalization",
    "affine",
    ["affine", "batch"],
    "BN of the paper: a scale and shift, as in its authors' code, or batch normalisation, as in its text.",
)
flags.DEFINE_enum(
    "residual",
    "current",
    ["current", "previous"],
    "The estimate that z(k) is computed from: x(k), as in the authors' code, or x(k-1), as in the text.",
)
flags.DEFINE_integer(
    "attention_units",
    0,
    "Hidden units of the initialization attention's perceptron of two layers, as in the paper's text; 0 for "
    "its authors' single layer.",
    lower_bound=0,
)
flags.DEFINE_float(
    "symmetry_fraction",
    0.125,
    "Part of each batch on which L_O, Eq. 6, is computed: 1, as in the paper, or 1/2, 1/3 and so on.",
)
flags.DEFINE_string("phi", None, "Your sensing matrix (.npy or .mat, a row a measurement), kept as it is.")
flags.DEFINE_string("phi_variable", None, "The variable that is meant in the sensing matrix's .mat file.")
flags.DEFINE_bool(
    "orthonormalize",
    False,
    "Whether to make the rows of --phi orthonormal; the camera must then show the run's phi.npy instead.",
)
flags.DEFINE_string("data", Default.data, "The data set to train on, or a folder of your own photographs.")
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(range_flag)
flags.DEFINE_integer("held_out", Default.held_out, "Photographs kept out of the training, for validation.")
flags.DEFINE_integer("blocks", Default.blocks, "Random crops of the photographs, in all.")
flags.DEFINE_integer(
    "steps",
    Default.steps,
    "Optimizer steps in all; a multiple of --validate_every. A run may be given more later.",
)
flags.DEFINE_integer("batch_size", Default.batch_size, "Blocks a step.")
flags.DEFINE_enum("optimizer", Default.optimizer, ["muon", "adam"], "The optimizer.")
flags.DEFINE_float("learning_rate", Default.learning_rate, "The peak learning rate.")
flags.DEFINE_enum("schedule", Default.schedule, ["cosine", "constant"], "The learning rate's course.")
flags.DEFINE_float("clip_norm", Default.clip_norm, "The largest norm of a gradient; 0 for no limit.")
flags.DEFINE_bool("augment", Default.augment, "Whether blocks are flipped and turned by quarters.")
flags.DEFINE_integer("seed", Default.seed, "Seed of everything random.")
flags.DEFINE_float(
    "padded",
    Default.padded,
    "Share of blocks with zeros at the right, and below, as at an image's end.",
)
flags.DEFINE_enum(
    "policy",
    Default.policy,
    POLICIES,
    "Arithmetic of the CNN; auto: bfloat16 where the machine multiplies it.",
)
flags.DEFINE_integer(
    "validate_every", Default.validate_every, "Steps between validations; each also saves the state."
)
flags.DEFINE_bool(
    "deterministic",
    True,
    "Whether a run that is stopped and started again gives the same weights to the bit; on a GPU its steps "
    "take longer.",
)
flags.DEFINE_enum(
    "strategy",
    "single",
    ["single", "mirrored", "multi_worker"],
    "This device, all GPUs of this machine, or all of --workers; the batch is shared out.",
)
flags.DEFINE_list("workers", [], "host:port of each process, the same everywhere; or set TF_CONFIG.")
flags.DEFINE_integer("worker", None, "Which of the workers this process is; 0 writes the run's folder.")
flags.DEFINE_string("output_dir", None, "The run's folder; an interrupted run in it goes on.", required=True)


def main() -> None:
    """From the flags to one call of the library."""
    if FLAGS.phi and (FLAGS["cs_ratio"].present or FLAGS["start"].present):
        raise ValueError("With --phi there is nothing for --cs_ratio and --start to say; leave them out.")
    if not FLAGS.phi and (FLAGS.orthonormalize or FLAGS.phi_variable):
        raise ValueError("--orthonormalize and --phi_variable are about --phi, which is missing.")
    if FLAGS.start_from and FLAGS["start"].present:
        raise ValueError("With --start_from there is nothing for --start to say; leave it out.")
    value_range = range_flag.stated()
    # After the checks, since TensorFlow takes seconds to import.
    strategy = _strategy()
    from amp_net import backends
    from amp_net.measurements.given_matrix import fields_for, given_matrix
    from amp_net.training.run import train

    if FLAGS.deterministic:
        # So that a run which is stopped and started again gives the same weights.
        backends.make_deterministic()
    chosen = ATTENTIONS if "all" in FLAGS.attention else FLAGS.attention
    # 25 rather than 25.0 in what is written.
    cs_ratio = int(FLAGS.cs_ratio) if FLAGS.cs_ratio.is_integer() else FLAGS.cs_ratio
    network: dict[str, Any] = {"cs_ratio": cs_ratio, "stages": _value("stages")}
    network |= {f"{name}_attention": name in chosen for name in ATTENTIONS}
    if "initialization" in chosen and (units := _value("attention_units")):
        network["initialization_attention_units"] = units
    for name, usual in OF_NETWORK.items():
        # What is usual is left out, so that runs of before are known again.
        if _value(name) != usual:
            network[name] = _value(name)
    if FLAGS.phi:
        network |= fields_for(given_matrix(FLAGS.phi, FLAGS.phi_variable, FLAGS.orthonormalize))
    names = [field.name for field in dataclasses.fields(Default)]
    settings: dict[str, Any] = {name: _value(name) for name in names if name in FLAGS}
    if FLAGS.phi or FLAGS.start_from:
        settings["start"] = Default.start
    stated = None if value_range is None else list(value_range)
    config = Default(**{**settings, "model": network, "data_range": stated})
    started = monotonic()
    best = train(
        config,
        FLAGS.output_dir,
        FLAGS.data_dir,
        command=shlex.join(["python", "-m", "amp_net.train", *cli.arguments_given()]),
        verbose=0 if FLAGS.quiet else 1 if sys.stdout.isatty() else 2,
        strategy=strategy,
    )
    took = progress.duration(monotonic() - started)
    progress.say(f"Step {FLAGS.steps} is done, after {took}. The best weights by validation are in {best}.")


def _value(name: str) -> Any:
    """What a flag says, or where it is not given, the recipe."""
    return FLAGS[name].value if FLAGS[name].present else RECIPES[FLAGS.recipe].get(name, FLAGS[name].value)


def _strategy() -> Any:
    """The strategy of `--strategy`, made before anything else is done with TensorFlow; None for none."""
    if (FLAGS.strategy, FLAGS.workers, FLAGS.worker) == ("single", [], None):
        return None
    cli.needs_tensorflow("Training on several devices")
    from amp_net.tensorflow.distribution import make_strategy

    return make_strategy(FLAGS.strategy, FLAGS.workers, FLAGS.worker)


def run() -> None:
    """The console script."""
    cli.run(main)


if __name__ == "__main__":
    run()
