"""Writes the golden values of the shipped presets: `python -m tests.make_golden`, after a new release."""

import json

import numpy as np

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.operators.gaussian import gaussian
from tests.conftest import ROOT, smooth_blocks

GOLDEN = ROOT / "tests" / "golden.json"


def golden_values(name, load=AMPNet.from_preset):
    """A preset's reconstruction of two blocks, every eighth pixel of each side.

    That for all ratios is at 10 %, that for any Φ of as many Gaussian rows. `load` gives one of the paper's.
    """
    blocks = smooth_blocks()[:2]
    if presets.is_any_ratio(name):
        restored = AnyRatioAMPNet.from_preset(name)(blocks, np.array([109, 109]))
    elif presets.is_any_phi(name):
        at = AnyPhiAMPNet.from_preset(name).at(gaussian(109, (33, 33)))
        restored = at.reconstruct(at.sense(blocks))
    else:
        restored = load(name)(blocks)
    return np.asarray(restored)[:, ::8, ::8, 0]


if __name__ == "__main__":
    values = {name: golden_values(name).round(5).tolist() for name in presets.shipped(None)}
    GOLDEN.write_text(json.dumps(values) + "\n")
