"""AMP-Net and its loss as functions of the weights, as JAX differentiates them."""

import keras

from amp_net.layers import unrolled
from amp_net.models.learning.losses import reconstruction_loss, symmetry_loss, total_loss


def rebuilt(model, weights, blocks, every=None):
    """What an `AMPNet` with these weights makes of blocks, and each stage's symmetry residual.

    Args:
        model: an `AMPNet`.
        weights: a list of arrays, as the model's trainable variables.
        blocks: `(batch, block_size, block_size, 1)`.
        every: as `symmetry_every` of `BalancedCNN`.
    """
    with keras.StatelessScope(state_mapping=zip(model.trainable_variables, weights, strict=True)):
        y = model.sensing(blocks)
        return unrolled(y, model.sensing, model.initialization, model.stages, every, every is not None)


def loss(weights, model, blocks, every):
    """L_total (Eq. 4) with the paper's settings, and the rebuilt blocks."""
    restored, residuals = rebuilt(model, weights, blocks, every)
    return total_loss(reconstruction_loss(restored, blocks), symmetry_loss(residuals)), restored
