"""The methods by name, and one's own."""

import functools
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from amp_net.models.rival_presets import NETWORKS

Method = Callable[[Any, Any], np.ndarray]
"""A function of an `Operator` Φ and y `(batch, rows, columns, m)`, which gives images `(batch, rows · height,
columns · width, 1)`."""
METHODS = {
    "pinv": "amp_net.classical.pseudo_inverse:pinv",
    "amp": "amp_net.classical.amp:amp",
    "ista": "amp_net.classical.ista:ista",
    "fista": "amp_net.classical.ista:fista",
    "tv": "amp_net.classical.total_variation:tv",
    "nlm_amp": "amp_net.classical.denoising.nlm_amp:nlm_amp",
    "bm3d_amp": "amp_net.classical.denoising.bm3d_amp:bm3d_amp",
}
"""Where each is that needs nothing trained. A file is imported with its libraries when its method is asked
for."""
LD_AMP = "amp_net.classical.denoising.ld_amp:ld_amp"
TRAINED = ("ld_amp", *NETWORKS)
"""Methods with trained weights, which commands make; all but the first are for the Φ of their training."""


def known(name: str) -> bool:
    """Whether a method has this name, or it may be one's own, `package.module:function`."""
    module, _, function = name.partition(":")
    return name in METHODS or name in TRAINED or bool(module and function)


def find(name: str) -> Method:
    """A method.

    Args:
        name: one of `METHODS` or `TRAINED`, or `package.module:function`, one's own. Its module may lie in
            the working folder, but does not hide installed ones.

    Raises:
        ValueError: if there is none of this name, or it cannot be imported. One's own raises it too, where
            it fails or gives no such images.
    """
    if not known(name):
        raise ValueError(
            f"There is no method {name!r}; there are {', '.join([*METHODS, *TRAINED])}, and your own as "
            "package.module:function."
        )
    if name in NETWORKS:
        from amp_net.classical.trained import by_network

        return functools.partial(by_network, name)
    if name not in METHODS and name not in TRAINED:
        return _own(name)
    module, _, function = METHODS.get(name, LD_AMP).partition(":")
    return getattr(importlib.import_module(module), function)


def _own(name):
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        # Last, so that nothing there is taken for a library.
        sys.path.append(os.getcwd())
    try:
        method = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise ValueError(f"The method {name} cannot be imported: {_told(error)}.") from error
    if not callable(method):
        raise ValueError(f"{name} is no function of an operator and y, but a {type(method).__name__}.")

    def checked(operator, measurements):
        try:
            images = np.asarray(method(operator, measurements), "float32")
        except Exception as error:
            raise ValueError(f"The method {name} failed: {_told(error)}.") from error
        batch, *grid = np.shape(measurements)[:3]
        sides = (count * side for count, side in zip(grid, operator.block_shape, strict=True))
        if images.shape != (expected := (batch, *sides, 1)):
            raise ValueError(f"The method {name} gave images of shape {images.shape}, not {expected}.")
        if not np.isfinite(images).all():
            raise ValueError(f"The method {name} gave images that hold NaN or infinity.")
        return images

    return checked


def _told(error):
    return f"{type(error).__name__}: {error}".rstrip(".")
