"""The flag that the commands share which rebuild images: `flags.adopt_module_key_flags(dtype_flag)`."""

from absl import flags, logging

flags.DEFINE_enum(
    "dtype",
    "float32",
    ["float32", "bfloat16", "float16"],
    "Of the network's feature maps; bfloat16 is the faster where the processor or GPU multiplies it, and "
    "float16 on older GPUs.",
)


def chosen() -> str:
    """What the flag says, with a warning where it makes the command slower.

    TensorFlow is imported here.
    """
    dtype = flags.FLAGS.dtype
    if dtype == "bfloat16":
        from amp_net.training.steps.precision import fastest_policy

        if fastest_policy() != "mixed_bfloat16":
            logging.warning(
                "Nothing multiplies bfloat16 on this machine: --dtype=bfloat16 takes two to five times as "
                "long as --dtype=float32."
            )
    return dtype
