"""One optimizer step of the JAX training: what `KernelMuon` does, for all kernels of a shape at once.

Kernels to and from four channels, the squares of pixels, are among them; `KernelMuon` leaves these to Adam.
"""

import jax
import jax.numpy as jnp

from amp_net.models.learning.kernel_muon import KernelMuon

MOMENTUM, BETA_1, BETA_2, EPSILON = 0.95, 0.9, 0.999, 1e-7


def start(weights):
    """The optimizer's state for a list of weights."""
    zeros = [jnp.zeros_like(weight) for weight in weights]
    velocities = [None if _is_kernel(weight) else jnp.zeros_like(weight) for weight in weights]
    return {"step": jnp.zeros((), "int32"), "momenta": zeros, "velocities": velocities}


def apply(weights, gradients, state, rate, clip, matrix_rate=0.3):
    """Weights and state after one step.

    Args:
        weights, gradients: lists of arrays.
        state: of `start`.
        rate: learning rate.
        clip: the gradient is scaled down to this global norm.
        matrix_rate: rate of matrices, relative to the others'.
    """
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(gradient)) for gradient in gradients))
    gradients = [gradient * jnp.minimum(1, clip / (norm + 1e-12)) for gradient in gradients]
    step = state["step"] + 1
    momenta, velocities, updates = list(state["momenta"]), list(state["velocities"]), [None] * len(weights)
    groups = {}
    for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
        if _is_kernel(weight):
            momenta[i] = MOMENTUM * momenta[i] + gradient
            groups.setdefault(weight.shape, []).append(i)
            continue
        momenta[i] = momenta[i] + (gradient - momenta[i]) * (1 - BETA_1)
        velocities[i] = velocities[i] + (jnp.square(gradient) - velocities[i]) * (1 - BETA_2)
        count = step.astype("float32")
        corrected = rate * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
        share = matrix_rate if weight.ndim == 2 else 1
        updates[i] = share * corrected * momenta[i] / (jnp.sqrt(velocities[i]) + EPSILON)
    for shape, members in groups.items():
        ahead = jnp.stack([gradients[i] + MOMENTUM * momenta[i] for i in members])
        matrices = ahead.reshape(len(members), -1, shape[-1])
        scale = 0.2 * max(matrices.shape[1:]) ** 0.5
        steps = rate * scale * _orthogonal(matrices).reshape(ahead.shape)
        for i, update in zip(members, steps, strict=True):
            updates[i] = update
    weights = [weight - update for weight, update in zip(weights, updates, strict=True)]
    return weights, {"step": step, "momenta": momenta, "velocities": velocities}, norm


def _orthogonal(matrices):
    """Matrices `(count, rows, columns)` with all singular values brought near 1."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = jnp.swapaxes(matrices, 1, 2) if tall else matrices
    x = x / (jnp.linalg.norm(x, axis=(1, 2), keepdims=True) + 1e-7)
    a, b, c = KernelMuon.NEWTON_SCHULZ
    for _ in range(5):
        gram = jax.lax.batch_matmul(x, jnp.swapaxes(x, 1, 2))
        x = a * x + jax.lax.batch_matmul(b * gram + c * jax.lax.batch_matmul(gram, gram), x)
    return jnp.swapaxes(x, 1, 2) if tall else x


def _is_kernel(weight):
    return weight.ndim == 4 and min(weight.shape[-2:]) >= 4
