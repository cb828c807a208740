"""The flag that the commands share which read data sets: `flags.adopt_module_key_flags(data_flag)`."""

from absl import flags

flags.DEFINE_string(
    "data_dir", None, "Folder of the original image files, instead of the network; or set AMP_NET_DATA."
)
