"""The flag that the commands share which rebuild images: `flags.adopt_module_key_flags(dtype_flag)`."""

from absl import flags

flags.DEFINE_enum(
    "dtype",
    "float32",
    ["float32", "bfloat16", "float16"],
    "Of the network's feature maps; bfloat16 is the faster where the processor or GPU multiplies it, and "
    "float16 on older GPUs.",
)
