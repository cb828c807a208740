"""The training of a rival under JAX, for `test_rivals.py`: `… FOLDER`."""

import sys
from pathlib import Path

import numpy as np

from experiments.accelerator.rivals import train_all
from experiments.peers.rival_trainings import Data
from tests.conftest import smooth_blocks

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    photographs = [
        np.kron(np.round(255 * block[..., 0]).astype("uint8"), np.ones((4, 4), "uint8"))
        for block in smooth_blocks()[:3]
    ]
    data = Data(photographs[:2], photographs[2:], 300 * 33**2)
    cells = [("ad_recon_net", 1)]
    train_all(folder, data, 5, 0.03, {"device": "a processor"}, print, cells, at_once=2)
