"""The settings of trainings of a few steps; nothing here needs a backend."""

import dataclasses

from amp_net.training.config import TrainingConfig

SMALL = TrainingConfig(
    model={"cs_ratio": 1, "stages": 1, "channels": 4},
    data="samples",
    blocks=120,
    held_out=2,
    steps=12,
    batch_size=8,
    policy="float32",
    validate_every=3,
)
ANY_BACKEND = dataclasses.replace(
    SMALL,
    model={"cs_ratio": 20, "stages": 2, "channels": 8, "block_size": 9, "activation": "silu"},
    blocks=80,
    padded=0.2,
    validate_every=4,
)
"""Its activation has no kink, where rounding alone would choose the gradient."""
ON_DEMAND = dataclasses.replace(
    SMALL,
    model={"cs_ratio": 1, "stages": 1, "channels": 8},
    steps=120,
    batch_size=16,
    policy="auto",
    validate_every=2,
)
"""Long enough to be killed in."""
