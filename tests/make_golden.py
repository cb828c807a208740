"""Writes the golden values of the shipped presets: `python -m tests.make_golden`, after a new release."""

import json

import numpy as np

from amp_net import AMPNet
from amp_net.models import presets
from tests.conftest import ROOT, smooth_blocks

GOLDEN = ROOT / "tests" / "golden.json"


def golden_values(name):
    """A preset's reconstruction of two blocks, every eighth pixel of each side."""
    return np.asarray(AMPNet.from_preset(name)(smooth_blocks()[:2]))[:, ::8, ::8, 0]


if __name__ == "__main__":
    values = {name: golden_values(name).round(5).tolist() for name in presets.shipped()}
    GOLDEN.write_text(json.dumps(values) + "\n")
