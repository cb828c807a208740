"""A training of the network for any Φ: what `experiments.recipe.any_phi` draws, drawn on the device."""

import concurrent.futures

import jax
import jax.numpy as jnp
import numpy as np

from amp_net.models.learning.losses import log_error
from amp_net.operators.orders import order
from experiments.accelerator import updates
from experiments.accelerator.windows import Windows, draw_counts
from experiments.recipe.any_phi.draws import (
    BY_CHANCE,
    KINDS,
    LEAST,
    NOISE,
    ORDERS,
    SCALES,
    operator_of,
    square_matrix,
)
from experiments.recipe.any_phi.validation import cases

AT_ONCE = 10
"""Steps of one dispatch, all of one form of sensing."""
POOL = 12
"""Dense matrices of a size; each draw shuffles one anew."""


class Sensings:
    """Draws Φ, m and noise for one form of sensing.

    Args:
        kind: a `Kind`.
        seed: of the matrices.
    """

    def __init__(self, kind, seed):
        self.kind, n = kind, kind.block**2
        random, frame = np.random.default_rng(seed), (kind.block, kind.block)
        if kind.operator == "dense":
            self.pool = jnp.asarray(np.stack([square_matrix(n, random, bool(i % 2)) for i in range(POOL)]))
        else:
            # Where each row stands in an order; that by chance is drawn anew.
            ranks = [np.argsort(order(name, frame)) for name in ORDERS if name != "random"]
            self.ranks = jnp.asarray(np.stack(ranks), "int32")

    def draw(self, key):
        """What `Sample` holds besides windows: the operator's array, `used` and noise."""
        kind, n = self.kind, self.kind.block**2
        keys = jax.random.split(key, 6)
        counts = jnp.clip(draw_counts(keys[0], kind.batch, LEAST * n, n), 1, n)[:, None]
        given, used = (
            self._dense(keys[1], counts) if kind.operator == "dense" else self._frame(keys[1], counts)
        )
        low, high = NOISE
        noise = 10 ** jax.random.uniform(keys[2], (kind.batch,), minval=low, maxval=high)
        noise *= jax.random.bernoulli(keys[3], 0.5, (kind.batch,))
        return given, used[:, None, None].astype("float32"), noise

    def _dense(self, key, counts):
        keys, n = jax.random.split(key, 3), self.kind.block**2
        chosen = jax.random.randint(keys[0], (), 0, POOL)
        rows = self.pool[chosen][:, jax.random.permutation(keys[1], n)]
        # Zeros and ones see the mean brightness, and have no signs to be turned.
        signs = jnp.where(chosen % 2, 1.0, jax.random.rademacher(keys[2], (n,), "float32"))
        return rows * signs, jnp.arange(n) < counts

    def _frame(self, key, counts):
        side, batch = self.kind.block, self.kind.batch
        keys = jax.random.split(key, 4)
        by_chance = jax.random.bernoulli(keys[0], BY_CHANCE)
        signs = jnp.where(by_chance, jax.random.rademacher(keys[1], (side, side), "float32"), 1.0)
        named = jax.random.randint(keys[2], (batch,), 0, len(ORDERS))
        last = len(self.ranks)
        shuffled = jnp.argsort(jax.random.uniform(keys[3], (batch, side**2)), axis=1)
        random = (named == last) | by_chance
        ranks = jnp.where(random[:, None], shuffled, self.ranks[jnp.minimum(named, last - 1)])
        return signs, ranks < counts


class Training:
    """A training of an `AnyPhiAMPNet` that lies on the device as a whole; its functions are compiled at once.

    Args:
        model: an `AnyPhiAMPNet`.
        photographs: grey uint8 images to train on.
        held_out: such images to validate on, of at least 198 pixels a side.
        clip: see `updates.apply`.
        seed: of all draws.
        kinds: forms of sensing.
    """

    def __init__(self, model, photographs, held_out, clip=1.0, seed=1, kinds=KINDS):
        self.model, self.clip, self.kinds = model, clip, kinds
        self.weights = [jnp.array(variable.value) for variable in model.trainable_variables]
        self.others = [jnp.array(variable.value) for variable in model.non_trainable_variables]
        self.state = updates.start(self.weights)
        self.key, self.random = jax.random.PRNGKey(seed), np.random.default_rng(seed)
        sides = {kind.side for kind in kinds}
        self.windows = {side: Windows(photographs, side, padded=0.0, scales=SCALES) for side in sides}
        self.cases = cases(held_out)
        # Compiling takes a minute each, of one core.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(self._compiled_run, kind, seed + i) for i, kind in enumerate(kinds)]
            validations = [pool.submit(self._compiled_validation, case) for case in self.cases]
            self.runs = [run.result() for run in runs]
            self.validations = [validation.result() for validation in validations]

    def _rebuilt(self, weights, y, **given):
        return self.model.stateless_call(weights, self.others, y, **given)[0]

    def _compiled_run(self, kind, seed):
        sensings, windows = Sensings(kind, seed), self.windows[kind.side]

        def loss_of(weights, shown, given, used, noise, key):
            operator = operator_of(kind, given)
            y = operator.measure(shown)
            y = used * (y + noise[:, None, None, None] * jax.random.normal(key, y.shape))
            restored = self._rebuilt(weights, y, operator=operator, noise=noise, used=used)
            return jnp.mean(log_error(restored, shown))

        def step(carried, given):
            weights, state = carried
            keys, rate = jax.random.split(given[0], 3), given[1]
            sample = windows.draw(keys[0], kind.batch), *sensings.draw(keys[1])
            loss, gradients = jax.value_and_grad(loss_of)(weights, *sample, keys[2])
            weights, state, norm = updates.apply(weights, gradients, state, rate, self.clip)
            return (weights, state), (loss, norm)

        def run(weights, state, key, rates):
            keys = jax.random.split(key, AT_ONCE)
            (weights, state), (losses, norms) = jax.lax.scan(step, (weights, state), (keys, rates))
            return weights, state, jnp.mean(losses), jnp.mean(norms)

        rates = jnp.zeros((AT_ONCE,), "float32")
        jitted = jax.jit(run, donate_argnums=(0, 1))
        return jitted.lower(self.weights, self.state, self.key, rates).compile()

    def _compiled_validation(self, case):
        def psnr(weights, y, shown):
            restored = self._rebuilt(weights, y, operator=case.operator, noise=case.noise)
            error = jnp.square(jnp.clip(restored, 0, 1) - shown)
            return jnp.mean(-10 * jnp.log10(jnp.mean(error, axis=(1, 2, 3))))

        return jax.jit(psnr).lower(self.weights, case.y, case.shown).compile()

    def steps(self, rates):
        """Trains on; the mean loss and gradient norm.

        Args:
            rates: of each step, a multiple of `AT_ONCE`.
        """
        shares = np.array([kind.share for kind in self.kinds])
        found = []
        for some in np.reshape(rates, (-1, AT_ONCE)):
            chosen = self.random.choice(len(self.kinds), p=shares / shares.sum())
            self.key, key = jax.random.split(self.key)
            self.weights, self.state, *means = self.runs[chosen](
                self.weights, self.state, key, jnp.asarray(some, "float32")
            )
            found.append(means)
        loss, norm = np.mean([[float(each) for each in means] for means in found], axis=0)
        return float(loss), float(norm)

    def psnr(self):
        """Average PSNR in dB of the held-out images by name of the case."""
        return {
            case.name: float(validate(self.weights, case.y, case.shown))
            for case, validate in zip(self.cases, self.validations, strict=True)
        }
