"""On what a training runs, and how its batches get there, under each backend."""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from amp_net import backends
from amp_net.images import to_unit
from amp_net.training.data.batches import batches_from, validation_dataset
from amp_net.training.data.draws import Draws, drawn
from amp_net.training.steps import fitting


@dataclasses.dataclass(frozen=True)
class Parts:
    """The parts of a training.

    Attributes:
        model: an `AMPNet`, compiled.
        training, validation: blocks, uint8 `(count, block_size, block_size, 1)`.
        draws: of the training blocks.
    """

    model: keras.Model
    training: np.ndarray
    validation: np.ndarray
    draws: Draws


def devices_of(strategy: Any = None) -> "OneDevice":
    """What trains: this process on its device, or the replicas of a strategy.

    Args:
        strategy: see `make_strategy`; TensorFlow's alone.
    """
    if backends.BACKEND == "tensorflow":
        return Replicas(strategy)
    return OneJaxDevice() if backends.BACKEND == "jax" else OneDevice()


class OneDevice:
    """This process alone, with Keras's own `fit`.

    Attributes:
        replicas: how many share a batch.
        chief: whether this process writes.
    """

    replicas, chief = 1, True

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """What the model is made in."""
        return contextlib.nullcontext()

    def explaining_failures(self) -> contextlib.AbstractContextManager[Any]:
        """What all is done in."""
        return contextlib.nullcontext()

    def check(self, config: Any, model: Any, step: int) -> None:
        """Raises a ValueError if they cannot train this model together from this step on."""

    def when_asked(self, stop: Callable[[], None]) -> Callable[[], None]:
        """What to call when this process is asked to stop.

        Args:
            stop: ends the training after the step in progress.
        """
        return stop

    def fit(self, parts: Parts, course: fitting.Course) -> None:
        """Trains.

        Args:
            parts: `Parts`.
            course: a `Course`.
        """
        draws, stored = parts.draws, ops.convert_to_tensor(parts.training)

        def batches(first: int) -> Iterator[tuple[Any]]:
            for step in itertools.count(first):
                yield (drawn(stored, *map(ops.convert_to_tensor, draws.of_step(step))),)

        fitting.fit(parts.model, batches, (to_unit(parts.validation),), draws.batch_size, course)


class OneJaxDevice(OneDevice):
    """This process alone, with `JaxSteps`."""

    def fit(self, parts: Parts, course: fitting.Course) -> None:
        from amp_net.training.steps.jax_steps import JaxSteps

        held_out = to_unit(parts.validation)

        def validate() -> dict[str, Any]:
            return parts.model.evaluate(
                held_out, batch_size=parts.draws.batch_size, verbose=0, return_dict=True
            )

        steps = JaxSteps(parts.model, parts.training, parts.draws)
        fitting.loop(parts.model, steps.advance, validate, course)


class Replicas(OneDevice):
    """The replicas of a `tf.distribute` strategy, which may be one; in this process and in others."""

    def __init__(self, strategy: Any = None) -> None:
        import tensorflow as tf

        from amp_net.tensorflow import distribution

        self.distribution = distribution
        self.strategy = strategy or tf.distribute.get_strategy()
        self.replicas = self.strategy.num_replicas_in_sync
        self.chief = distribution.is_chief(self.strategy)
        self.asked = False

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        return self.strategy.scope()

    def explaining_failures(self) -> contextlib.AbstractContextManager[Any]:
        return self.distribution.explaining_lost_workers(self.strategy)

    def check(self, config: Any, model: Any, step: int) -> None:
        self.distribution.check_share(config.batch_size, self.replicas, model.config["symmetry_fraction"])
        if self.replicas > 1:
            self.distribution.check_agreement(self.strategy, step, config)

    def when_asked(self, stop: Callable[[], None]) -> Callable[[], None]:
        """As of one device; of several processes, all stop after the same step, see `distribution.steps`."""
        self.stop = stop
        return self._ask if self.replicas > 1 else stop

    def _ask(self) -> None:
        self.asked = True

    def fit(self, parts: Parts, course: fitting.Course) -> None:
        def batches(first: int) -> Any:
            return batches_from(parts.training, parts.draws, first, on_device=self.replicas == 1)

        batch_size = parts.draws.batch_size
        held_out = validation_dataset(parts.validation, batch_size)
        if self.replicas > 1:
            advance, validate = self.distribution.steps(
                parts.model, batches(course.first), held_out, lambda: self.asked, self.stop
            )
            fitting.loop(parts.model, advance, validate, course)
        else:
            fitting.fit(parts.model, batches, held_out, batch_size, course)
