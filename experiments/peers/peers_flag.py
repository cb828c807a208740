"""The flag that the commands share which read the files of ISTA-Net's authors, see `experiments.peers`."""

from absl import flags

flags.DEFINE_string("peers_dir", None, "Folder of the published weights and matrices.", required=True)
