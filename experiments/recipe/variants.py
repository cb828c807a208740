"""What the study compares: one change each against a base."""

import dataclasses

from experiments.shared.trainings.short_trainings import config_of

NEIGHBOUR = "amp_net_cs25"
VARIANTS = {
    "base": {},
    "batch_64": {"batch_size": 64},
    "batch_16": {"batch_size": 16},
    "neighbour": {"neighbour": True},
    "neighbour_pca": {"neighbour": True, "neighbour_sensing": False},
    "grow_3_to_9": {"growth": (3, 9)},
    "loss_l2": {"loss_penalty": "l2", "clip_norm": 0.01},
    "rate_5e-3": {"learning_rate": 5e-3},
    "rate_1.25e-3": {"learning_rate": 1.25e-3},
    "averaged": {"average": 0.98},
    "clip_0.5": {"clip_norm": 0.5},
    "adam": {"optimizer": "adam"},
    "adam_1e-3": {"optimizer": "adam", "learning_rate": 1e-3},
    "adam_as_in_paper": {
        "optimizer": "adam",
        "learning_rate": 1e-4,
        "schedule": "constant",
        "clip_norm": 0.0,
    },
    "start_orthonormal": {"start": "orthonormal"},
    "start_gaussian": {"start": "gaussian"},
    "schedule_constant": {"schedule": "constant"},
    "no_augmentation": {"augment": False},
    "float32": {"policy": "float32"},
    "bfloat16": {"policy": "mixed_bfloat16"},
    "symmetry_whole_batch": {"symmetry_fraction": 1.0},
    "true_bn": {"normalization": "batch"},
    "loss_l1": {"loss_penalty": "l1"},
}
"""What is changed against the base, the recipe: fields of `TrainingConfig` or `AMPNet`, or of `Extra`."""
COSTLESS = {
    "neighbour",
    "neighbour_sensing",
    "start",
    "loss_penalty",
    "learning_rate",
    "clip_norm",
    "schedule",
    "augment",
}
"""Fields whose change leaves a step as long as it was."""


@dataclasses.dataclass(frozen=True)
class Extra:
    """What a variant can change besides the library's own fields.

    Attributes:
        neighbour: whether to start from `NEIGHBOUR`, trained for 25 %.
        neighbour_sensing: whether W_φ starts from the neighbour's, rather than from principal components.
        growth: numbers of stages; an equal part of the time goes to each, and each starts from the one
            before.
        average: momentum of an exponential average of the weights, taken at the end; 0 for none.
    """

    neighbour: bool = False
    neighbour_sensing: bool = True
    growth: tuple = ()
    average: float = 0.0


def settle(changes, cs_ratio):
    """The `TrainingConfig` and the `Extra` of a variant."""
    names = {field.name for field in dataclasses.fields(Extra)}
    extra = Extra(**{key: value for key, value in changes.items() if key in names})
    others = {key: value for key, value in changes.items() if key not in names}
    return config_of(others, cs_ratio), extra
