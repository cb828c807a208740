"""What more training would bring at 1 % on Set11: `python -m experiments.one_percent`.

Writes `experiments/results/one_percent.md`.
"""

from absl import flags

from amp_net import cli, data_flag
from experiments import training_on

CASE = training_on.Case("ampa_net_cs1", "set11", padded=0.125)

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def main():
    """From the flags to one table."""
    training_on.write_page(CASE, "one_percent", FLAGS.data_dir)


if __name__ == "__main__":
    cli.run(main)
