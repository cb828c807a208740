"""Everything that a training's outcome depends on."""

import dataclasses
import math
from typing import Any

POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """The settings of a training.

    >>> config = TrainingConfig(model={"cs_ratio": 10}, data="samples", steps=100, validate_every=50)
    >>> config.optimizer, config.batch_size
    ('muon', 32)

    Attributes:
        model: fields of `AMPNet`.
        start: without `start_from`: `"pca"`, Φ starts as the principal components of the training blocks;
            `"orthonormal"`, or `"gaussian"` (the paper's).
        start_from: a preset to start from, see `warm_start`; None to start anew.
        start_sha256: of that preset's weights, by which a run knows it again; `train` fills it in.
        phi: file of a given sensing matrix, see `given_matrix`, for a model with `fields_for` it; or None.
        phi_variable, orthonormalize: as in `given_matrix`.
        phi_sha256: of the given matrix, by which a run knows it again; `train` fills it in.
        data: the set whose photographs are trained on; the paper's is `"t91"`. Or a folder of one's own, of
            which `train` keeps the name alone.
        data_range: black and white of photographs of one's own that do not say it, two floats; or None.
        data_sha256: of the manifest of photographs of one's own, by which a run knows them again; `train`
            fills it in.
        blocks: random crops in all, of which the held-out photographs give their share.
        held_out: photographs kept out of the training, for validation. With 0 (the paper's) blocks that are
            trained on stand in for them, and say nothing of others.
        held_out_seed: of the choice of these. With None it is that of `start_from`'s training, which has seen
            the others, or else `seed`; `train` fills it in.
        steps: optimizer steps in all; the paper's is 200 epochs of 88 912 blocks, 277 850 steps.
        former_steps: what `steps` was before the run was extended, see `make_schedule`; `train` fills it in.
        batch_size: blocks a step; the paper's is 64.
        optimizer: `"muon"` or `"adam"` (the paper's), see `make_optimizer`.
        learning_rate: the peak rate; the paper's is 1e-4.
        schedule: `"cosine"` or `"constant"` (the paper's), see `make_schedule`.
        clip_norm: the largest norm of a gradient; 0 for no limit (the paper's).
        augment: whether blocks are flipped and turned by quarters.
        padded: share of the blocks whose right columns, from a random one on, are zeros, and of those whose
            lower rows are, as in the last blocks of an image; the paper's is 0.
        seed: of the crops, the order, the augmentation and the start of the network.
        policy: Keras dtype policy, `"float32"` (the paper's), `"mixed_bfloat16"`, or, for GPUs without that,
            `"mixed_float16"`, for which Keras scales the loss; `"auto"` for what a run in the folder began
            with, or else the faster one of float32 and bfloat16 on the machine, see `fastest_policy`.
        validate_every: steps between validations, each of which also saves the state.
    """

    model: dict
    start: str = "pca"
    start_from: str | None = None
    start_sha256: str | None = None
    phi: str | None = None
    phi_variable: str | None = None
    orthonormalize: bool = False
    phi_sha256: str | None = None
    data: str = "t91"
    data_range: list | None = None
    data_sha256: str | None = None
    blocks: int = 88_912
    held_out: int = 5
    held_out_seed: int | None = None
    steps: int = 4000
    former_steps: list | None = None
    batch_size: int = 32
    optimizer: str = "muon"
    learning_rate: float = 2.5e-3
    schedule: str = "cosine"
    clip_norm: float = 0.1
    augment: bool = True
    padded: float = 0.0
    seed: int = 1
    policy: str = "auto"
    validate_every: int = 500

    def __post_init__(self) -> None:
        if self.validate_every < 1 or self.steps < 1 or self.steps % self.validate_every:
            raise ValueError(
                f"The number of steps is {self.steps}; it must be a positive multiple of the "
                f"{self.validate_every} steps between validations, which must be at least 1."
            )
        if self.blocks < 1:
            raise ValueError(f"The number of blocks is {self.blocks}; it must be at least 1.")
        if not 0 < self.learning_rate < math.inf or not 0 <= self.clip_norm < math.inf:
            raise ValueError(
                f"The learning rate is {self.learning_rate} and the clip norm {self.clip_norm}; the first "
                "must be above 0, and the second 0 or more."
            )
        if not 0 <= self.padded <= 1:
            raise ValueError(f"The share of padded blocks is {self.padded}; it must be from 0 to 1.")
        if self.policy not in POLICIES:
            raise ValueError(f"The policy is one of {', '.join(POLICIES)}, not {self.policy!r}.")

    def network_fields(self) -> dict[str, Any]:
        """The fields of `AMPNet`, with where its W_φ starts; principal components are set afterwards."""
        return self.model if self.start == "pca" else {**self.model, "sensing_start": self.start}
