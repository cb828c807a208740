"""What a step changes in a model, as a file that every backend reads."""

import io
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from keras import ops

WEIGHTS, OPTIMIZER, METRICS = "weights", "optimizer", "metrics"


def dumps(model: Any, metrics: bool = False) -> bytes:
    """The weights and the optimizer's variables of a compiled model as the bytes of an HDF5 file.

    Args:
        model: compiled, its optimizer built.
        metrics: whether the variables of the metrics go along, for a state within an epoch.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, variable in _named(model, metrics).items():
            file[name] = ops.convert_to_numpy(variable)
    return buffer.getvalue()


def loads(model: Any, content: bytes, path: str | Path) -> dict[str, np.ndarray]:
    """Fills a compiled model with a file's weights and optimizer's variables.

    Args:
        model: compiled, its optimizer built.
        content: the file's bytes.
        path: what to call it in an error.

    Returns:
        The values of the metrics' variables, for `set_metrics`; none if the file has none.

    Raises:
        ValueError: if the file is of another model or optimizer.
    """
    stored = arrays(content)
    metrics = {name: stored.pop(name) for name in list(stored) if name.startswith(METRICS)}
    variables = _named(model, metrics=False)
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    if shapes != {name: value.shape for name, value in stored.items()}:
        raise ValueError(f"{path} is of another network or optimizer than this training's.")
    for name, variable in variables.items():
        variable.assign(stored[name].astype(variable.dtype))
    return metrics


def arrays(content: bytes) -> dict[str, np.ndarray]:
    """All arrays in a file's bytes, by name: `weights/…`, `optimizer/…` and `metrics/…`."""
    found = {}
    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {})
        )
    return found


def set_metrics(model: Any, values: dict[str, np.ndarray]) -> None:
    """Sets the metrics' variables to what `loads` returned.

    Raises:
        ValueError: if they are of other metrics.
    """
    variables = _metrics(model)
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    if shapes != {name: value.shape for name, value in values.items()}:
        raise ValueError("The state has other metrics than this training's; remove its two files.")
    for name, variable in variables.items():
        variable.assign(np.asarray(values[name]).astype(variable.dtype))


def _named(model: Any, metrics: bool) -> dict[str, Any]:
    """Variables by names which do not depend on how many models a process has made."""
    prefix = re.compile(rf"/{re.escape(model.name)}_")
    named = {f"{WEIGHTS}/{variable.path.partition('/')[2]}": variable for variable in model.variables}
    for variable in model.optimizer.variables:
        kind, _, name = prefix.sub("/", variable.path).partition("/")
        # Keras numbers the optimizers of a process too.
        named[f"{OPTIMIZER}/{re.sub(r'_[0-9]+$', '', kind)}/{name}"] = variable
    return named | (_metrics(model) if metrics else {})


def _metrics(model: Any) -> dict[str, Any]:
    return {
        f"{METRICS}/{number}/{variable.name}": variable
        for number, variable in enumerate(model.metrics_variables)
    }
