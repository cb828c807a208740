"""`fit` for a training that may begin at any step: by Keras's own, or by a loop over a function's steps."""

import dataclasses
import typing
from collections.abc import Callable
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class Course:
    """What is to be trained, and who listens.

    Attributes:
        first: steps that were made already; they may end within an epoch.
        steps: in all, a multiple of `every`.
        every: steps of an epoch, after which is validated.
        callbacks: Keras's.
        verbose: as in Keras's `fit`.
    """

    first: int
    steps: int
    every: int
    callbacks: typing.Sequence[keras.callbacks.Callback]
    verbose: int = 0


def fit(model: Any, batches: Callable[[int], Any], validation: Any, batch_size: int, course: Course) -> None:
    """By Keras's own `fit`.

    Args:
        model: compiled.
        batches: function of a step that gives the training batches from there on.
        validation: what `fit` takes as `validation_data`.
        batch_size: of the validation, if that is of arrays.
        course: a `Course`.
    """
    step = course.first
    # Once for the rest of an epoch, once for those after it.
    for end in (-(-step // course.every) * course.every, course.steps):
        if step < end:
            begun = step // course.every
            model.fit(
                batches(step),
                shuffle=False,
                steps_per_epoch=min(course.every, end - step),
                initial_epoch=begun,
                epochs=end // course.every,
                validation_data=validation,
                validation_batch_size=batch_size if isinstance(validation, tuple) else None,
                callbacks=course.callbacks,
                verbose=course.verbose,
            )
            step = end


def loop(
    model: Any,
    advance: Callable[[int, int], tuple[int, dict[str, Any], Any]],
    validate: Callable[[], dict[str, Any]],
    course: Course,
) -> None:
    """By a loop of our own, which calls the callbacks as `fit` does; the logs of a batch also have `losses`.

    Args:
        model: compiled.
        advance: function of a step and of how many may be made; makes some of them, and gives their number,
            the logs after the last, and the `loss` of the logs after each.
        validate: function that gives the logs of the validation.
        course: a `Course`.
    """
    listeners = keras.callbacks.CallbackList(
        list(course.callbacks),
        add_progbar=course.verbose > 0,
        verbose=course.verbose,
        model=model,
        epochs=course.steps // course.every,
        steps=course.every,
    )
    listeners.on_train_begin()
    step = course.first
    for epoch in range(step // course.every, course.steps // course.every):
        model.reset_metrics()
        listeners.on_epoch_begin(epoch)
        begun, end = step, (epoch + 1) * course.every
        while step < end:
            listeners.on_train_batch_begin(step - begun)
            made, logs, losses = advance(step, end - step)
            step += made
            listeners.on_train_batch_end(step - 1 - begun, {**logs, "losses": losses})
        logs = _floats(logs)
        logs |= {f"val_{name}": value for name, value in _floats(validate()).items()}
        listeners.on_epoch_end(epoch, logs)
    listeners.on_train_end(logs)


def _floats(logs: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in logs.items()}
