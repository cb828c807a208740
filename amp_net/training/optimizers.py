"""The optimizers of the training runs."""

import keras

from amp_net.models.kernel_muon import KernelMuon

OPTIMIZERS = ("muon", "adam")
SCHEDULES = ("cosine", "constant")


def make_schedule(kind, learning_rate, steps, warmup=50):
    """A learning rate for each step.

    Args:
        kind: `"constant"` (the paper's), or `"cosine"`: a linear warm-up, then half a cosine to zero.
        learning_rate: the peak.
        steps: length of the whole training.
        warmup: steps of the warm-up; at most a tenth of the training.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind == "constant":
        return learning_rate
    if kind == "cosine":
        warmup = min(warmup, steps // 10)
        return keras.optimizers.schedules.CosineDecay(
            learning_rate / max(1, warmup),
            decay_steps=steps - warmup,
            warmup_target=learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    raise ValueError(f"The schedule is {' or '.join(SCHEDULES)}, not {kind!r}.")


def make_optimizer(kind, learning_rate, clip_norm):
    """An optimizer for `AMPNet`.

    Args:
        kind: `"adam"` (the paper's), or `"muon"`: orthogonalised momentum (Jordan et al. 2024) for the
            3×3 kernels between feature maps and Adam for everything else, see `KernelMuon`.
        learning_rate: a number or a schedule.
        clip_norm: the gradient is scaled down to this global norm; 0 for never.

    Raises:
        ValueError: if the kind is unknown.
    """
    clip = clip_norm or None
    if kind == "adam":
        return keras.optimizers.Adam(learning_rate, global_clipnorm=clip)
    if kind == "muon":
        return KernelMuon(learning_rate, global_clipnorm=clip)
    raise ValueError(f"The optimizer is {' or '.join(OPTIMIZERS)}, not {kind!r}.")
