"""Named settings of a training: those of this package, and the paper's."""

from typing import Any

PAPER: dict[str, Any] = {
    "data": "t91",
    "blocks": 88_912,
    "held_out": 0,
    "start": "gaussian",
    "steps": 277_850,
    "batch_size": 64,
    "optimizer": "adam",
    "learning_rate": 1e-4,
    "schedule": "constant",
    "clip_norm": 0.0,
    "augment": False,
    "padded": 0.0,
    "policy": "float32",
    "validate_every": 5557,
    "stages": 9,
    "loss_penalty": "charbonnier",
    "symmetry_fraction": 1.0,
    "normalization": "batch",
    "residual": "previous",
    "attention_units": 1089,
}
"""What the paper's text says (§III–V), by the flag of `amp_net.train`.

200 epochs of 88 912 blocks by batches of 64 are 277 850 steps, validated every fourth epoch. The text's "8912
blocks" is a slip. BN is real batch normalisation, z(k) is from x(k−1), and a_Q, where there is one, is a
perceptron of two layers, whose hidden units the paper does not count: here as many as a block has pixels.
The authors' code, which made the figures, has `normalization="affine"`, `residual="current"` and
`attention_units=0`.
"""
RECIPES: dict[str, dict[str, Any]] = {"ours": {}, "paper": PAPER}
"""By name; flags that a recipe leaves out have their own defaults, which are ours."""
