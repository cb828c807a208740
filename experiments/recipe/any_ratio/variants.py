"""The variants that are compared: one change each of how `amp_net_any_ratio` is made."""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from amp_net.models.learning.losses import log_error


def squared(restored, original):
    """The squared error of each pixel."""
    return ops.square(restored - original)


def absolute(restored, original):
    """The absolute error of each pixel."""
    return ops.abs(restored - original)


@dataclasses.dataclass(frozen=True)
class Variant:
    """A network and how it is trained; the defaults are those of the shipped preset, but for its batch.

    Attributes:
        fields: of `AnyRatioAMPNet` that differ.
        side, batch: of the windows of a step; the batches are of about as many pixels.
        error: whose mean is the loss.
        learned: whether Φ, which starts as the principal components, is learned.
        folders: names of the folders of photographs.
    """

    fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    side: int = 132
    batch: int = 4
    error: Callable[[Any, Any], Any] = log_error
    learned: bool = True
    folders: tuple[str, ...] = ("bsds500_train", "bsds500_test", "t91")


VARIANTS = {
    "as shipped": Variant(),
    "6 stages": Variant({"stages": 6}),
    "14 stages": Variant({"stages": 14}),
    "32 channels": Variant({"channels": 32}),
    "96 channels": Variant({"channels": 96}),
    "1 residual block a stage": Variant({"blocks": 1}),
    "5 residual blocks a stage": Variant({"blocks": 5}),
    "16 windows of 66×66": Variant(side=66, batch=16),
    "2 windows of 198×198": Variant(side=198, batch=2),
    "64 single blocks": Variant(side=33, batch=64),
    "mean squared error": Variant(error=squared),
    "mean absolute error": Variant(error=absolute),
    "Φ kept": Variant(learned=False),
    "T91 alone": Variant(folders=("t91",)),
}
"""By what the table calls them."""
