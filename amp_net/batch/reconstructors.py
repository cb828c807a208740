"""Which model rebuilds which measurements."""

from amp_net.classical.amp import ClassicalAMP
from amp_net.models import networks

METHODS = ("network", "amp")


class Reconstructors:
    """Loads each model once, when it is first needed.

    Args:
        method: `"network"`, or `"amp"` for the classical iteration with the preset's sensing matrix.
        preset: name or folder of the preset for all measurements; None for the one that each names.
        phi: a sensing matrix `(m, n)` for the classical iteration instead of a preset's; or None.
        dtype: of the network's feature maps, see `AMPNet.optimized`.

    Raises:
        ValueError: if the method is unknown, or phi no sensing matrix.
    """

    def __init__(self, method="network", preset=None, phi=None, dtype="float32"):
        if method not in METHODS:
            raise ValueError(f"The method is {' or '.join(METHODS)}, not {method!r}.")
        self.method, self.preset, self.dtype = method, preset, dtype
        self.models = {}
        self.own = None if phi is None else ClassicalAMP(phi)

    def for_preset(self, name, count):
        """The model for measurements.

        Args:
            name: of their preset, "" where they name none.
            count: m.

        Raises:
            ValueError: if there is no such preset, or no name at all.
        """
        if self.own is not None:
            return self.own
        chosen = self.preset or name
        if not chosen:
            raise ValueError("The measurements do not say which preset they are for; name it with --preset.")
        if (chosen, count) not in self.models:
            model = networks.load(chosen, measurements=count)
            self.models[chosen, count] = (
                ClassicalAMP(model.sensing.matrix) if self.method == "amp" else model.optimized(self.dtype)
            )
        return self.models[chosen, count]
