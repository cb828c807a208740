"""The training losses: Eqs. 4–6, and that of the network for all ratios."""

from keras import ops

LOSSES = ("charbonnier", "l1", "l2")
"""The penalties of an error that the paper compares in Fig. 7b."""
LOG_FLOOR = 1e-5
"""Mean squared error below which an image counts no more in `log_error`."""


def penalty(error, kind="charbonnier", epsilon=1e-3):
    """Mean penalty of an error, over all its entries.

    Args:
        error: a float32 tensor of any shape.
        kind: `"charbonnier"`, √(e² + ε²), the paper's; `"l1"`, |e|; `"l2"`, e².
        epsilon: ε of the Charbonnier penalty; the paper's is 1e-3.

    Returns:
        A float32 scalar.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind == "charbonnier":
        return ops.mean(ops.sqrt(ops.square(error) + epsilon**2))
    if kind == "l1":
        return ops.mean(ops.abs(error))
    if kind == "l2":
        return ops.mean(ops.square(error))
    raise ValueError(f"The loss is {', '.join(LOSSES)}, not {kind!r}.")


def reconstruction_loss(restored, blocks, kind="charbonnier", epsilon=1e-3):
    """L_R of Eq. 5: the penalty of X(N) − X, averaged over pixels and blocks."""
    return penalty(restored - blocks, kind, epsilon)


def symmetry_loss(residuals, kind="charbonnier", epsilon=1e-3):
    """L_O of Eq. 6: the penalty of Dᵀ D u − u, averaged over features and blocks, summed over the stages.

    Args:
        residuals: a tensor for each stage, as `BalancedCNN` returns it.
    """
    return sum(penalty(residual, kind, epsilon) for residual in residuals)


def total_loss(reconstruction, symmetry, weight=0.01):
    """L_total of Eq. 4, `L_R + λ L_O`; the paper's λ is 0.01."""
    return reconstruction + weight * symmetry


def log_error(restored, images):
    """log(MSE + `LOG_FLOOR`) of each image: PSNR but for its sign and scale, so that all ratios count alike.

    Args:
        restored, images: float32 `(…, height, width, 1)`.

    Returns:
        float32 `(…)`.
    """
    return ops.log(ops.mean(ops.square(restored - images), axis=(-3, -2, -1)) + LOG_FLOOR)
