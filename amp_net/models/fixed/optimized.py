"""A trained network as a fixed function."""

import functools
from typing import Any

from amp_net import backends
from amp_net.models.fixed.by_turn import ByTurn
from amp_net.models.inputs.values import checked_measurements

DTYPES = ("float32", "bfloat16", "float16")


class OptimizedAMPNet:
    """What an `AMPNet` computes, as a compiled function of weights that stay as they are.

    Later changes of the model do not show, since all is done with a copy. Under TensorFlow there is a form
    that does more beforehand; `AMPNet.optimized` chooses.

    >>> import numpy as np
    >>> from amp_net import AMPNet
    >>> network = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8).optimized()
    >>> tuple(network(np.full((2, 8, 8, 1), 0.5, "float32")).shape)
    (2, 8, 8, 1)

    Args:
        model: an `AMPNet`.
        dtype: of the feature maps, `"float32"`, `"bfloat16"`, or `"float16"`, which is for GPUs without
            bfloat16 and on processors slower than float32; images and measurements are float32.

    Raises:
        ValueError: if the dtype is another.
    """

    def __init__(self, model: Any, dtype: str = "float32") -> None:
        super().__init__()
        check_dtype(dtype)
        self.model = model = copy_of(model, self._policy(dtype))
        self.config = model.config
        self.block_size, self.measurements, self.sensing = model.block_size, model.measurements, model.sensing
        self.MARGIN, self.STEP, self.WAYS = model.MARGIN, model.STEP, model.WAYS
        self.function = self._function(dtype)
        self.image_functions = ByTurn(self._image_function)

    def sense(self, blocks: Any) -> Any:
        """As `AMPNet.sense`."""
        return self.model.sense(blocks)

    def reconstruct(self, measurements: Any, turn: int = 0) -> Any:
        """As `AMPNet.reconstruct`."""
        measurements = checked_measurements(measurements, self.measurements)
        if len(measurements.shape) == 2:
            return self.function(measurements)
        return self.image_functions(turn)(measurements)

    def __call__(self, blocks: Any) -> Any:
        """Senses and rebuilds blocks, as a call of the `AMPNet` does."""
        return self.reconstruct(self.sense(blocks))

    def _policy(self, dtype):
        """The dtype policy of the copy."""
        return policy_of(dtype)

    def _function(self, dtype):
        """Measurements `(batch, m)` to blocks, compiled."""
        return backends.compiled(self.model.reconstruct)

    def _image_function(self, turn):
        """Measurements `(batch, rows, columns, m)` to images, whose CNNs are shown them turned; compiled."""
        return backends.compiled(functools.partial(self.model.reconstruct, turn=turn))


def check_dtype(dtype):
    """Raises a ValueError if feature maps cannot be of a dtype."""
    if dtype not in DTYPES:
        raise ValueError(f"The feature maps are {', '.join(DTYPES)}, not {dtype!r}.")


def copy_of(model, policy):
    """A model with the same weights under another dtype policy; it does not change with the first."""
    copy = type(model).from_config({**model.get_config(), "dtype": policy})
    copy.set_weights(model.get_weights())
    return copy


def policy_of(dtype):
    """The Keras dtype policy for feature maps of a dtype."""
    return "float32" if dtype == "float32" else f"mixed_{dtype}"
