"""Measures every shipped preset on every test set: `python -m experiments.paper.results --data_dir=FOLDER`.

An image that has been measured with the same weights is not measured again, so the command can be stopped and
given again at any moment; two at once need clones of their own. Writes
`experiments/results/test_sets/SET.csv`, a row an image; the means into the presets' `metadata.json`; and from
these the tables of README and docs.
"""

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from experiments.paper import readme_results
from experiments.shared.result_files import SETS, complete

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_list("preset", [], "Which presets, with commas; without it every shipped one.")
flags.DEFINE_list("dataset", list(SETS), "Which test sets, with commas.")


def main():
    """From the flags to files."""
    from amp_net.models import presets

    shipped = list(presets.shipped())
    for given, known in ((FLAGS.preset, shipped), (FLAGS.dataset, SETS)):
        unknown = sorted({*given} - {*known})
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(known)}.")
    for preset in FLAGS.preset or shipped:
        for dataset in FLAGS.dataset:
            print(preset, dataset, complete(preset, dataset, FLAGS.data_dir), flush=True)
        readme_results.update()


if __name__ == "__main__":
    cli.run(main)
