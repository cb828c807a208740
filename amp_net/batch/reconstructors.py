"""Which model rebuilds which measurements."""

from pathlib import Path
from typing import Any

import numpy as np

from amp_net.classical.at_operator import Classical
from amp_net.classical.methods import find
from amp_net.measurements import fingerprint
from amp_net.models import networks, presets

NETWORK = "network"
"""The method that is a trained one."""
MOST_MODELS = 16
"""Models that are kept, of the many that measurement files may name."""


class Reconstructors:
    """Loads each model once, when it is first needed.

    >>> models = Reconstructors("pinv", phi=np.eye(16, 64, dtype="float32"))
    >>> models.for_preset("", 16).measurements
    16

    Args:
        method: `NETWORK`, or a method of `classical.methods`, with the preset's sensing matrix.
        preset: name or folder of the preset for all measurements; None for the one that each names.
        phi: a sensing matrix `(m, n)` for a classical method instead of a preset's; or None.
        dtype: of the network's feature maps, see `AMPNet.optimized`.

    Raises:
        ValueError: if the method is unknown, or phi no sensing matrix.
    """

    def __init__(
        self,
        method: str = NETWORK,
        preset: str | Path | None = None,
        phi: np.ndarray | None = None,
        dtype: str = "float32",
    ) -> None:
        self.classical = None if method == NETWORK else find(method)
        self.method, self.preset, self.dtype = method, preset, dtype
        self.models: dict[Any, Any] = {}
        self.identities: dict[Any, Any] = {}
        self.own = None if phi is None else Classical.of_matrix(phi, self.classical or "amp")

    def identity(self, name: str) -> Any:
        """What identifies the model for measurements that name a preset, as JSON."""
        if self.own is not None:
            return [self.method, fingerprint(self.own.sensing.matrix)]
        chosen = self.preset or name
        if chosen not in self.identities:
            self.identities[chosen] = [self.method, self.dtype, presets.identity(chosen)]
        return self.identities[chosen]

    def for_preset(self, name: str, count: int) -> Any:
        """The model for measurements.

        Args:
            name: of their preset, "" where they name none.
            count: m.

        Raises:
            ValueError: if there is no name at all, or it is of no preset of this package; what a file names
                is never used as a path.
        """
        if self.own is not None:
            return self.own
        chosen = self.preset or name
        if not chosen:
            raise ValueError("The measurements do not say which preset they are for; name it with --preset.")
        if (chosen, count) not in self.models:
            if self.preset is None and chosen not in presets.shipped(None):
                raise ValueError(
                    f"There is no preset {name[: presets.LONGEST_NAME]!r} in this package; if it is a "
                    "folder of yours, give it with --preset."
                )
            if len(self.models) == MOST_MODELS:
                self.models.pop(next(iter(self.models)))
            model = networks.load(chosen, measurements=count)
            self.models[chosen, count] = (
                Classical.of_matrix(model.sensing.matrix, self.classical)
                if self.classical
                else model.optimized(self.dtype)
            )
        return self.models[chosen, count]

    def for_acquisition(self, acquisition: Any) -> tuple[Any, Any]:
        """What rebuilds a camera's numbers: the network of one Φ, or one for any.

        Args:
            acquisition: an `Acquisition`, or None.

        Returns:
            The preset of a network for any Φ, or None for that of this package, and None; or the name of one
            for one Φ, and a function of m that gives its model.

        Raises:
            ValueError: if the preset is for another Φ, or there is no such preset.
        """
        if self.preset and presets.is_any_phi(self.preset):
            return self.preset, None
        learned = acquisition is not None and acquisition.kind == "preset"
        if self.preset and acquisition is not None and not learned:
            raise ValueError("Give --phi or --preset, not both; each is a sensing matrix.")
        name = self.preset or (acquisition.preset if learned and not self.classical else None)
        if not name or (acquisition is not None and self.classical):
            return None, None
        return str(name), lambda count: self.for_preset(str(name), count)
