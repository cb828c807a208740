"""Which arithmetic trains fastest on a machine."""

from pathlib import Path

from amp_net import backends

PROCESSOR = Path("/proc/cpuinfo")


def fastest_policy() -> str:
    """The Keras dtype policy to train with on this machine.

    Returns:
        `"mixed_bfloat16"` where the GPUs (all of compute capability 8 or more) or, under TensorFlow, the
        processor (AVX-512 or AMX) multiply bfloat16, else `"float32"`: elsewhere bfloat16 is two to several
        times slower.
    """
    capabilities = backends.compute_capabilities()
    if capabilities:
        able = all(each >= (8, 0) for each in capabilities)
    elif backends.BACKEND != "tensorflow":
        able = False
    else:
        words = PROCESSOR.read_text().split() if PROCESSOR.exists() else []
        able = "avx512_bf16" in words or "amx_bf16" in words
    return "mixed_bfloat16" if able else "float32"
