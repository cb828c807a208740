"""Starts a network from one trained for another CS ratio, with fewer stages, or without attention."""

from typing import Any

import numpy as np
from keras import ops

from amp_net.training.data.principal_components import second_moment

SIGMOID_AT_ZERO = 0.5
"""What an attention multiplies by while its last convolution is zero."""


def warm_start(model: Any, source: Any, blocks: np.ndarray, matrix: np.ndarray | None = None) -> None:
    """Copies what a trained network has learned, as far as it fits.

    The sensing matrix copies the source's rows: the first ones where it has fewer, all where it has more,
    and then the strongest principal components of what those leave of the blocks. Each stage copies
    the CNN of the stage that stands as deep in the source. Attention that the source lacks starts as if it
    were not there: what it multiplies is scaled up by the inverse of the weight it starts with, so that
    the network starts with the source's function.

    Args:
        model: the `AMPNet` to start; its channels and block size are the source's.
        source: a trained `AMPNet`.
        blocks: training blocks, `(count, block_size, block_size, 1)`, uint8 or floats.
        matrix: a sensing matrix `(m, n)` for the model, instead of the source's rows.

    Raises:
        ValueError: if the channels or the block size differ, or the source has attention which the model
            lacks.
    """
    for field in ("block_size", "channels", "activation", "normalization", "residual"):
        here, there = model.config[field], source.config[field]
        if here != there:
            raise ValueError(f"A network with {field} {here} cannot start from one with {field} {there}.")
    for field in ("initialization_attention", "spatial_attention", "channel_attention"):
        if source.config[field] and not model.config[field]:
            raise ValueError(f"A network without {field} cannot start from one with it.")
    if matrix is None:
        # In units of the gain, in which the iteration works.
        matrix = model.sensing.gain * _rows(model.measurements, source.sensing.kernel, blocks)
    model.set_sensing_matrix(matrix)
    _start_initialization(model, source)
    for k, stage in enumerate(model.stages):
        _start_stage(stage, source.stages[k * len(source.stages) // len(model.stages)])


def _rows(measurements: int, kernel: Any, blocks: np.ndarray) -> np.ndarray:
    rows = ops.convert_to_numpy(kernel).T[:measurements]
    missing = measurements - len(rows)
    if missing:
        moment = second_moment(blocks)
        basis = np.linalg.qr(rows.T.astype("float64"))[0]
        rest = moment - basis @ (basis.T @ moment)
        rest -= (rest @ basis) @ basis.T
        _, vectors = np.linalg.eigh((rest + rest.T) / 2)
        rows = np.concatenate([rows, vectors[:, ::-1][:, :missing].T])
    return rows


def _start_initialization(model: Any, source: Any) -> None:
    initialization, trained = model.initialization, source.initialization
    same_matrix = np.array_equal(*(ops.convert_to_numpy(each.sensing.kernel) for each in (model, source)))
    scaled = same_matrix and trained.attention is not None
    if same_matrix and [w.shape for w in initialization.weights] == [w.shape for w in trained.weights]:
        initialization.set_weights(trained.get_weights())
        return
    if same_matrix:
        initialization.kernel.assign(trained.kernel)
    if initialization.attention is not None:
        # Zeros give each of the pixels the same weight.
        attention = initialization.attention
        attention.kernel.assign(np.zeros(attention.kernel.shape))
        if not scaled:
            initialization.kernel.assign(initialization.kernel * attention.pixels)


def _start_stage(stage: Any, source: Any) -> None:
    if not (stage.last or source.last):
        stage.onsager.assign(source.onsager)
    weight = 1.0
    for name in ("first", "transform", "threshold", "transposed", "last"):
        getattr(stage.cnn, name).set_weights(getattr(source.cnn, name).get_weights())
    for name, silent in (("spatial_attention", ("kernel", "bias")), ("channel_attention", ("expand",))):
        layer, trained = getattr(stage.cnn, name), getattr(source.cnn, name)
        if trained is not None:
            layer.set_weights(trained.get_weights())
        elif layer is not None:
            for variable in (getattr(layer, part) for part in silent):
                variable.assign(np.zeros(variable.shape))
            weight *= SIGMOID_AT_ZERO
    stage.cnn.last.kernel.assign(source.cnn.last.kernel / weight)
