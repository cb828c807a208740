"""A training of the network for all ratios, and where it starts."""

import jax
import jax.numpy as jnp
import numpy as np

from amp_net.images import blocks
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.models.learning.losses import log_error
from amp_net.training.data.principal_components import principal_components
from experiments.accelerator import updates
from experiments.accelerator.windows import draw_counts

MATRIX_RATE = 0.1
"""Rate of Φ and the other matrices, relative to that of the kernels."""


class Training:
    """A training of an `AnyRatioAMPNet` that lies on the device as a whole.

    The loss and the draw of m are those of `AnyRatioAMPNet.fit`.

    Args:
        model: an `AnyRatioAMPNet`.
        windows: `Windows`.
        held_out: of `whole`, the images to validate on and their size.
        batch: windows a step.
        clip: see `updates.apply`.
        seed: of all draws.
    """

    def __init__(self, model, windows, held_out, batch=16, clip=1.0, seed=1):
        self.model, self.windows, self.batch, self.clip = model, windows, batch, clip
        self.images, self.size = jnp.asarray(held_out[0]), held_out[1]
        self.weights = [jnp.array(variable.value) for variable in model.trainable_variables]
        self.others = [jnp.array(variable.value) for variable in model.non_trainable_variables]
        self.state = updates.start(self.weights)
        self.key = jax.random.PRNGKey(seed)
        self.run = jax.jit(self._run, donate_argnums=(0, 1))
        self.validate = jax.jit(self._validate)

    def rebuilt(self, weights, images, counts):
        return self.model.stateless_call(weights, self.others, images, counts)[0]

    def _loss(self, weights, windows, counts):
        return jnp.mean(log_error(self.rebuilt(weights, windows, counts), windows))

    def _step(self, carried, given):
        weights, state = carried
        key, rate = given
        keys = jax.random.split(key, 2)
        windows = self.windows.draw(keys[0], self.batch)
        least, most = self.model.standard_counts()[0], self.model.measurements
        counts = draw_counts(keys[1], self.batch, least, most)
        loss, gradients = jax.value_and_grad(self._loss)(weights, windows, counts)
        weights, state, norm = updates.apply(weights, gradients, state, rate, self.clip, MATRIX_RATE)
        return (weights, state), (loss, norm)

    def _run(self, weights, state, key, rates):
        """As many steps as there are rates."""
        keys = jax.random.split(key, len(rates))
        (weights, state), (losses, norms) = jax.lax.scan(self._step, (weights, state), (keys, rates))
        return weights, state, jnp.mean(losses), jnp.mean(norms)

    def _validate(self, weights, images, count):
        height, width = self.size
        counts = jnp.full((len(images),), count)
        restored = jnp.clip(self.rebuilt(weights, images, counts), 0, 1)
        error = jnp.square(restored - images)[:, :height, :width]
        return jnp.mean(-10 * jnp.log10(jnp.mean(error, axis=(1, 2, 3))))

    def steps(self, rates):
        """Trains on; the mean loss and gradient norm."""
        self.key, key = jax.random.split(self.key)
        self.weights, self.state, loss, norm = self.run(
            self.weights, self.state, key, jnp.asarray(rates, "float32")
        )
        return float(loss), float(norm)

    def psnr(self):
        """Average PSNR in dB of the held-out images at each of the seven ratios."""
        return {
            ratio: float(self.validate(self.weights, self.images, m))
            for ratio, m in PUBLISHED_MEASUREMENTS.items()
        }


def components_of(windows, block_size, measurements):
    """Φ to start from, `(measurements, block_size²)`: the principal components of 1280 windows' blocks."""
    whole = windows.side - windows.side % block_size
    keys = jax.random.split(jax.random.PRNGKey(0), 20)
    drawn = np.concatenate([np.asarray(windows.draw(key, 64))[:, :whole, :whole, 0] for key in keys])
    return principal_components(blocks.split(np.moveaxis(drawn, 0, -1), block_size), measurements)


def from_preset(preset, binary):
    """A preset's network in bfloat16; with `binary` the signs of its W are Φ from now on.

    Args:
        preset: name or folder.
        binary: whether Φ is to be binary; that of a binary preset stays so.
    """
    trained = AnyRatioAMPNet.from_preset(preset)
    config = trained.get_config()
    changed = {"dtype": "mixed_bfloat16", "binary": binary or config["binary"]}
    model = AnyRatioAMPNet.from_config({**config, **changed})
    model.set_weights(trained.get_weights())
    return model
