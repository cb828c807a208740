"""Steps under JAX: the blocks stay on the device, and a GPU makes many steps a dispatch."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from amp_net import backends
from amp_net.training.data.draws import Draws, drawn

AT_ONCE = 50
"""Steps of a dispatch on a GPU; on a processor it is one, since XLA's loop there uses one core alone."""


class JaxSteps:
    """Makes optimizer steps of a compiled model with Keras's own `train_step`; for `fitting.loop`.

    Args:
        model: compiled, its optimizer built.
        blocks: uint8 `(count, block_size, block_size, 1)`, on the device from here on.
        draws: `Draws` of these.
        at_once: steps of a dispatch.
    """

    def __init__(self, model: Any, blocks: np.ndarray, draws: Draws, at_once: int | None = None) -> None:
        self.model, self.draws = model, draws
        self.blocks = jnp.asarray(blocks)
        self.at_once = at_once or (AT_ONCE if backends.on_accelerator() else 1)
        self.variables = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
        for variable in (each for kind in self.variables for each in kind):
            # Memory of its own, since each step overwrites it.
            variable.assign(jnp.array(variable.value, copy=True))
        self.run = jax.jit(self._run, donate_argnums=0)

    def advance(self, step: int, count: int) -> tuple[int, dict[str, Any], Any]:
        """Makes up to `count` steps, and at most `at_once`.

        Returns:
            How many, the logs after the last, and the loss in them after each.
        """
        made = min(count, self.at_once)
        state = [[variable.value for variable in kind] for kind in self.variables]
        draws = self.draws.of_steps(step, self.at_once)
        state, logs, losses = self.run(state, self.blocks, draws, made)
        for kind, values in zip(self.variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)
        return made, logs, losses

    def _run(self, state: Any, blocks: Any, draws: Any, made: Any) -> Any:
        """The first `made` of `at_once` steps; the losses of the others are left zero."""

        def one(number: Any, state: Any) -> Any:
            batch = drawn(blocks, *(each[number] for each in draws))
            logs, state = self.model.train_step(tuple(state), batch)
            return [list(kind) for kind in state], logs

        def further(number: Any, carried: Any) -> Any:
            state, _, losses = carried
            state, logs = one(number, state)
            return state, logs, losses.at[number].set(logs["loss"])

        if self.at_once == 1:
            state, logs = one(0, state)
            return state, logs, logs["loss"]
        _, logs = jax.tree.map(lambda each: jnp.zeros(each.shape, each.dtype), jax.eval_shape(one, 0, state))
        return jax.lax.fori_loop(0, made, further, (state, logs, jnp.zeros(self.at_once)))
