"""The network's values and gradients on this device against those of a processor.

`python -m experiments.accelerator.values` writes the golden ones, with JAX on a processor.
"""

import json

import jax
import numpy as np

from experiments.shared.result_files import RESULTS

GOLDEN = RESULTS / "accelerator" / "golden.json"
PRESETS = ("amp_net_cs25", "ampa_net_cs25")


def blocks():
    """Eight smooth blocks in [0, 1], `(8, 33, 33, 1)`."""
    phases = np.arange(24).reshape(8, 3)
    grid = np.linspace(0, 1, 33)
    waves = [np.sin(a * grid[:, None] - b * grid[None, :] + c) for a, b, c in phases]
    return (np.stack(waves)[..., None] * 0.4 + 0.5).astype("float32")


def measured(preset):
    """What a preset makes of the blocks, every eighth pixel, L_total, and the norm of each gradient."""
    from amp_net import AMPNet
    from experiments.accelerator.amp_loss import loss

    model, given = AMPNet.from_preset(preset), blocks()
    variables = model.trainable_variables

    def differentiated(weights):
        return jax.value_and_grad(loss, has_aux=True)(weights, model, given, 1)

    (total, restored), gradients = jax.jit(differentiated)([variable.value for variable in variables])
    norms = {
        variable.path: float(np.linalg.norm(np.asarray(gradient)))
        for variable, gradient in zip(variables, gradients, strict=True)
    }
    pixels = np.asarray(restored)[:, ::8, ::8, 0].ravel()
    return {"loss": float(total), "pixels": pixels.astype(float).round(6).tolist(), "gradients": norms}


def compare():
    """For each preset the largest differences from the golden values.

    Returns:
        A list of dicts: `preset`, the largest difference of a pixel, and the relative ones of the loss
        and of a gradient's norm (against the largest norm).
    """
    golden = json.loads(GOLDEN.read_text())
    rows = []
    for preset in PRESETS:
        here, there = measured(preset), golden[preset]
        largest = max(there["gradients"].values())
        rows.append(
            {
                "preset": preset,
                "pixels": float(np.abs(np.subtract(here["pixels"], there["pixels"])).max()),
                "loss": abs(here["loss"] / there["loss"] - 1),
                "gradients": max(
                    abs(here["gradients"][path] - norm) for path, norm in there["gradients"].items()
                )
                / largest,
            }
        )
    return rows


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({preset: measured(preset) for preset in PRESETS}) + "\n")
