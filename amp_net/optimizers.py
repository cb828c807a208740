"""The optimizers of the training runs."""

import math

import keras

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
        return KernelMuon(learning_rate, weight_decay=None, adam_weight_decay=None, global_clipnorm=clip)
    raise ValueError(f"The optimizer is {' or '.join(OPTIMIZERS)}, not {kind!r}.")


@keras.saving.register_keras_serializable("amp_net")
class KernelMuon(keras.optimizers.Muon):
    """Keras's Muon for convolution kernels `(3, 3, in, out)`, each taken as a matrix `(9·in, out)`.

    Everything else is left to Adam: vectors and the convolutions from and to a single image channel at the
    same rate, matrices (W_φ, W_Q, those of the attentions) at `MATRIX_RATE` of it. One Adam step can change
    the norm of a large matrix by a lot, and all stages repeat the same W_φ; at the full rate trainings
    diverged.
    """

    MATRIX_RATE = 0.3

    def _should_use_adamw(self, variable):
        return len(variable.shape) != 4 or min(variable.shape[-2:]) < 8

    def _adamw_update_step(self, gradient, variable, learning_rate, m, v):
        if len(variable.shape) == 2:
            learning_rate = learning_rate * self.MATRIX_RATE
        super()._adamw_update_step(gradient, variable, learning_rate, m, v)

    def zeropower_via_newtonschulz5(self, x, steps):
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)

    def lr_adjust(self, x):
        rows, columns = math.prod(x.shape[:-1]), x.shape[-1]
        return x * self.rms_rate * math.sqrt(max(rows, columns))
