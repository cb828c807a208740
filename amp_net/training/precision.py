"""Which arithmetic trains fastest on a machine."""

from pathlib import Path

import tensorflow as tf

PROCESSOR = Path("/proc/cpuinfo")


def fastest_policy():
    """The Keras dtype policy to train with on this machine.

    Returns:
        `"mixed_bfloat16"` where the GPUs (all of compute capability 8 or more) or the processor (AVX-512
        or AMX) multiply bfloat16, else `"float32"`: elsewhere bfloat16 is several times slower.
    """
    graphics = tf.config.list_physical_devices("GPU")
    if graphics:
        details = [tf.config.experimental.get_device_details(each) for each in graphics]
        able = all(each.get("compute_capability", (0, 0)) >= (8, 0) for each in details)
    else:
        words = PROCESSOR.read_text().split() if PROCESSOR.exists() else []
        able = "avx512_bf16" in words or "amx_bf16" in words
    return "mixed_bfloat16" if able else "float32"
