"""A preset's network, of whatever kind, ready to sense and rebuild."""

from pathlib import Path

from amp_net.models import presets
from amp_net.models.amp_net import AMPNet
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.fixed.at_ratio import AtRatio


def load(
    preset: str | Path, cs_ratio: float | None = None, measurements: int | None = None
) -> AMPNet | AtRatio:
    """Loads what a preset holds.

    Args:
        preset: name or folder.
        cs_ratio: in percent, for a network for all ratios.
        measurements: m, instead of `cs_ratio`.

    Returns:
        An `AMPNet`, or an `AtRatio` of a network for all ratios.

    Raises:
        ValueError: if there is no such preset, its files are missing or damaged, a network for all ratios
            is given none, or another is given one.
    """
    if not presets.is_any_ratio(preset):
        if cs_ratio is not None:
            raise ValueError(f"{preset} has a CS ratio of its own; leave out the {cs_ratio:g} %.")
        return AMPNet.from_preset(preset)
    if measurements is not None:
        return AnyRatioAMPNet.from_preset(preset).at_measurements(measurements)
    if cs_ratio is None:
        raise ValueError(f"{preset} is for all CS ratios; say which one, in percent, with --cs_ratio.")
    return AnyRatioAMPNet.from_preset(preset).at(cs_ratio)
