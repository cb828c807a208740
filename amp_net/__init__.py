"""AMP-Net and AMPA-Net: compressed sensing of images by unrolled approximate message passing."""

from pathlib import Path

# In a clone `datasets/` and `checkpoints/` stand beside this package; installed, they lie inside it.
_clone = Path(__file__).resolve().parent.parent
if not (Path(__file__).parent / "datasets").is_dir() and (_clone / "datasets" / "photographs.py").is_file():
    __path__.append(str(_clone))

__version__ = "0.2.0"
__all__ = ["AMPNet", "Measurements", "reconstruct_image", "sense_image"]


def __getattr__(name):
    # Only when it is asked for: TensorFlow takes seconds to import, and a command sets it up first.
    if name == "AMPNet":
        from amp_net.models.amp_net import AMPNet

        return AMPNet
    if name in __all__:
        from amp_net import measurements

        return getattr(measurements, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
