"""The optimizers of the training runs."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from amp_net.models.learning.kernel_muon import KernelMuon

OPTIMIZERS = ("muon", "adam")
SCHEDULES = ("cosine", "constant")


def make_schedule(
    kind: str, learning_rate: float, steps: int, warmup: int = 50, former_steps: Sequence[int] = ()
) -> Any:
    """A learning rate for each step.

    Args:
        kind: `"constant"` (the paper's), or `"cosine"`: a linear warm-up, then half a cosine to zero.
        learning_rate: the peak.
        steps: length of the whole training.
        warmup: steps of the warm-up; at most a tenth of the training.
        former_steps: lengths that the training had before it was extended, the shortest first. The cosine
            ends at each of them, and begins again with a warm-up over the steps that were added.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind == "constant":
        return learning_rate
    if kind == "cosine":
        starts = [0, *former_steps]
        lengths = [end - start for start, end in zip(starts, [*former_steps, steps], strict=True)]
        legs = [_cosine(learning_rate, length, warmup) for length in lengths]
        return Legs(starts, legs) if former_steps else legs[0]
    raise ValueError(f"The schedule is {' or '.join(SCHEDULES)}, not {kind!r}.")


def _cosine(learning_rate: float, steps: int, warmup: int) -> keras.optimizers.schedules.LearningRateSchedule:
    warmup = min(warmup, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        learning_rate / max(1, warmup),
        decay_steps=steps - warmup,
        warmup_target=learning_rate if warmup else None,
        warmup_steps=warmup,
    )


@keras.saving.register_keras_serializable("amp_net")
class Legs(keras.optimizers.schedules.LearningRateSchedule):
    """Schedules one after the other, each of which counts its steps from its start.

    >>> rate = Legs([0, 100], [make_schedule("cosine", 0.2, 100), make_schedule("cosine", 0.1, 50)])
    >>> tuple(round(float(rate(step)), 3) for step in (10, 100, 105))
    (0.2, 0.02, 0.1)

    Args:
        starts: the first step of each; ascending from 0.
        legs: the schedules.
    """

    def __init__(self, starts: Sequence[int], legs: Sequence[Any]) -> None:
        super().__init__()
        self.starts, self.legs = list(starts), list(legs)

    def __call__(self, step: Any) -> Any:
        rate = self.legs[0](step)
        for start, leg in zip(self.starts[1:], self.legs[1:], strict=True):
            rate = ops.where(step < start, rate, leg(ops.maximum(step - start, 0)))
        return rate

    def get_config(self) -> dict[str, Any]:
        legs = [keras.saving.serialize_keras_object(leg) for leg in self.legs]
        return {"starts": self.starts, "legs": legs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Legs":
        return cls(config["starts"], [keras.saving.deserialize_keras_object(leg) for leg in config["legs"]])


def make_optimizer(kind: str, learning_rate: Any, clip_norm: float) -> keras.optimizers.Optimizer:
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
