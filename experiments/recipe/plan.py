"""How each of the fourteen presets is trained."""

import shlex
from pathlib import Path

RATIOS = (25, 10, 30, 40, 50, 4, 1)
"""In the order of training."""
NEIGHBOUR = {10: 25, 30: 25, 40: 30, 50: 40, 4: 10, 1: 4}
"""The CS ratio from which a network starts; the AMPA-Net of the first ratio starts from its AMP-Net."""
FIRST_STEPS = {"amp_net": 4000, "ampa_net": 5000}
STEPS = {"amp_net": 1000, "ampa_net": 2000}
"""What networks are trained that have taken over their neighbour's weights."""
SECOND_STEPS = {"amp_net": 3000, "ampa_net": 2000}
"""What each goes on from its own weights, so that away from the first ratio both kinds come to 4000."""
PADDED = (4, 1)
"""Where zeros beside an image cost 0.1 dB or more (recipe/README.md), so that training shows them too."""
ELSEWHERE = ("--data_dir=", "--output_dir=", "--policy=")
"""Flags of places and machines, which are not the recipe's."""
RUNS, CHECKPOINTS = Path("runs"), Path("checkpoints")


def plan():
    """The flags of `amp_net.train` for the two rounds of each preset, in the order of training."""
    recipe = {}
    for ratio in RATIOS:
        for kind, attention in (("amp_net", []), ("ampa_net", ["--attention=all"])):
            if ratio in NEIGHBOUR:
                start, steps = [f"--start_from={kind}_cs{NEIGHBOUR[ratio]}"], STEPS[kind]
            else:
                start, steps = [f"--start_from=amp_net_cs{ratio}"] if attention else [], FIRST_STEPS[kind]
            padded = ["--padded=0.125"] if ratio in PADDED else []
            name, settings = f"{kind}_cs{ratio}", [f"--cs_ratio={ratio}", *attention, *padded]
            recipe[name] = [
                [*settings, *start, f"--steps={steps}"],
                [*settings, f"--start_from={name}", f"--steps={SECOND_STEPS[kind]}"],
            ]
    return recipe


def rounds_left(name, rounds):
    """The rounds of a preset that come after what is shipped, each with its number, from 1."""
    done = max((number for number, flags in enumerate(rounds, 1) if shipped_by(name, flags)), default=0)
    return list(enumerate(rounds, 1))[done:]


def shipped_by(name, arguments):
    """Whether the preset that is shipped under a name was trained with these flags, and no other settings.

    That holds also if the preset that it started from has been trained again since.
    """
    # TensorFlow comes with it, which a command that only starts others can do without.
    from amp_net.models import presets

    try:
        command = shlex.split(presets.load_metadata(CHECKPOINTS / name)["command"])
    except (ValueError, KeyError):
        return False
    given = {argument for argument in command if argument.startswith("--")}
    return set(arguments) == {argument for argument in given if not argument.startswith(ELSEWHERE)}
