"""What more training would bring at 10 % on Urban100: `python -m experiments.ten_percent`.

Measured on ten of its photographs. Writes `experiments/results/ten_percent.md`.
"""

from absl import flags

from amp_net import cli, data_flag
from experiments import training_on

CASE = training_on.Case("amp_net_cs10", "urban100", nth=10, stride=250)

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def main():
    """From the flags to one table."""
    training_on.write_page(CASE, "ten_percent", FLAGS.data_dir)


if __name__ == "__main__":
    cli.run(main)
