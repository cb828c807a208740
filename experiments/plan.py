"""How each of the fourteen presets is trained."""

import shlex
from pathlib import Path

from amp_net import presets

RATIOS = (25, 10, 30, 40, 50, 4, 1)
"""In the order of training."""
NEIGHBOUR = {10: 25, 30: 25, 40: 30, 50: 40, 4: 10, 1: 4}
"""The CS ratio from which each AMP-Net starts; the AMPA-Nets start from the AMP-Net of their ratio."""
STEPS = {"amp_net": 4000, "ampa_net": 5000}
RUNS, CHECKPOINTS = Path("runs"), Path("checkpoints")


def plan():
    """The flags of `amp_net.train` for each preset, in the order of training."""
    recipe = {}
    for ratio in RATIOS:
        start = [f"--start_from=amp_net_cs{NEIGHBOUR[ratio]}"] if ratio in NEIGHBOUR else []
        recipe[f"amp_net_cs{ratio}"] = [f"--cs_ratio={ratio}", *start]
        recipe[f"ampa_net_cs{ratio}"] = [
            f"--cs_ratio={ratio}",
            "--attention=all",
            f"--start_from=amp_net_cs{ratio}",
        ]
    return {
        name: [*arguments, f"--steps={STEPS[name.rsplit('_', 1)[0]]}"] for name, arguments in recipe.items()
    }


def shipped_by(name, arguments):
    """Whether the preset that is shipped under a name was trained with these flags."""
    try:
        command = shlex.split(presets.load_metadata(CHECKPOINTS / name)["command"])
    except (ValueError, KeyError):
        return False
    return set(arguments) <= set(command)
