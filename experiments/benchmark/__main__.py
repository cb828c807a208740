"""How fast it is: `python -m experiments.benchmark`, or with `--training` how fast it trains.

All is measured in one process, in turns, so that what slows the machine down slows all of it. Needs
`pip install '.[test,benchmark]'`; what is missing is left out. Writes
a Markdown table into `experiments/results/benchmark`, under a heading for the machine.
"""

import contextlib

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.shared.result_files import RESULTS
from experiments.shared.timing import machine, with_section

with contextlib.suppress(ImportError):
    # PyTorch's compiler; where TensorFlow is loaded before it, its own loading ends the process.
    import triton  # noqa: F401

FLAGS = flags.FLAGS
flags.DEFINE_bool("training", False, "Whether to measure training instead of reconstruction.")
flags.DEFINE_bool("bfloat16", False, "Whether to measure what bfloat16 costs on Set11 instead.")
flags.DEFINE_bool("profile", False, "Whether to tell where a training step's time goes instead.")
flags.DEFINE_bool("batches", False, "Whether to measure by number of blocks and layout instead.")
flags.DEFINE_bool("quality", False, "Whether to measure beside networks of other methods' shape instead.")
flags.DEFINE_string("preset", "amp_net_cs25", "The network that is rebuilt with.")
flags.DEFINE_integer("rounds", 21, "How often each contender has its turn.")
flags.DEFINE_integer("batch_size", 64, "Blocks of a training step.")
flags.DEFINE_integer("steps", 0, "With --training, also what PSNR this many steps reach; 0 to leave it out.")
flags.adopt_module_key_flags(data_flag)


def main():
    """From the flags to one table."""
    if FLAGS.training:
        from experiments.benchmark import training

        arguments = (FLAGS.rounds, FLAGS.batch_size, FLAGS.steps, FLAGS.data_dir)
        name, table = "training", training.compare(*arguments)
    elif FLAGS.profile:
        from experiments.benchmark import profile

        name, table = "profile", profile.profile(FLAGS.batch_size, FLAGS.data_dir)
    elif FLAGS.batches:
        from experiments.benchmark import batches

        name, table = "batches", batches.compare(FLAGS.preset, FLAGS.rounds)
    elif FLAGS.quality:
        from experiments.benchmark import quality_and_speed

        name, table = "quality_and_speed", quality_and_speed.compare(FLAGS.rounds)
    elif FLAGS.bfloat16:
        from experiments.benchmark import bfloat16

        name, table = "bfloat16", bfloat16.compare(FLAGS.data_dir)
    else:
        from experiments.benchmark import reconstruction

        name, table = "reconstruction", reconstruction.compare(FLAGS.preset, FLAGS.rounds)
    path = RESULTS / "benchmark" / f"{name}.md"
    if name != "bfloat16":
        table = with_section(path.read_text(encoding="utf-8"), machine(), table)
    files.write(path, table)
    print(table)


if __name__ == "__main__":
    cli.run(main)
