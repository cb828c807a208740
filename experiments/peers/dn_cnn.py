"""Trains the denoiser of LD-AMP: `python -m experiments.peers.dn_cnn --minutes=60`.

On crops of T91 and of BSDS500's training photographs, of which some are held out; a training that was stopped
goes on. Weights go to `runs/rivals/dn_cnn`, where `--method=ld_amp` finds them, with how much noise of some
levels they leave of the held-out crops. `--quick` is a smoke run of seconds, which writes nothing.
"""

import tempfile
from pathlib import Path

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.models import rival_presets

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_float("minutes", 60, "Minutes for the training.", lower_bound=0.01)
flags.DEFINE_bool("quick", False, "A smoke run: seconds, on the photographs of scikit-image.")


def main():
    """From the flags to the preset."""
    from experiments.peers.denoiser_training import SIDE, train_into
    from experiments.peers.rival_trainings import QUICK_MINUTES, Data

    if FLAGS.quick:
        with tempfile.TemporaryDirectory() as folder:
            data = Data.of_sets(None, ("samples",), 500 * SIDE**2)
            print(train_into(Path(folder) / "dn_cnn", data, QUICK_MINUTES, depth=4, channels=8))
        return
    print(train_into(rival_presets.FOLDER / "dn_cnn", Data.of_sets(FLAGS.data_dir), FLAGS.minutes))


if __name__ == "__main__":
    cli.run(main)
