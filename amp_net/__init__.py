"""AMP-Net and AMPA-Net: compressed sensing of images by unrolled approximate message passing."""

import os
import sys

# Python, asked for a module, looks in the working folder first: a file there with the name of a library
# would run. In a clone, where the package is there too, it stays.
_home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if sys.argv[:1] == ["-m"] and sys.path[:1] == [os.getcwd()] and os.path.realpath(os.getcwd()) != _home:
    del sys.path[0]

# As in `typing`, which is not imported before the above.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from amp_net.measurements import Measurements, reconstruct_image, sense_image
    from amp_net.models.amp_net import AMPNet

__version__ = "0.2.0"
__all__ = ["AMPNet", "Measurements", "reconstruct_image", "sense_image"]


def __getattr__(name: str) -> object:
    # Only when it is asked for: TensorFlow takes seconds to import, and a command sets it up first.
    if name == "AMPNet":
        from amp_net.models.amp_net import AMPNet

        return AMPNet
    if name in __all__:
        from amp_net import measurements

        return getattr(measurements, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
