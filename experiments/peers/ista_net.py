"""ISTA-Net and ISTA-Net+ with the weights that their authors published, and their Φ."""

import io
from pathlib import Path

import numpy as np
import scipy.io

from amp_net.storage import file_sizes
from amp_net.storage.disk import files
from experiments.peers import torch_files

RATIOS = (1, 4, 10, 25, 30, 40)
"""CS ratios in percent for which Φ and the linear start are published with the weights."""
KERNELS = {
    "conv_D": "entry",
    "conv1_forward": "transform_1",
    "conv2_forward": "transform_2",
    "conv1_backward": "inverse_1",
    "conv2_backward": "inverse_2",
    "conv_G": "exit",
}
"""Names of a phase's kernels in the authors' code, and what `ISTAPhase` calls the convolution."""


def load(folder, plus, ratio):
    """The network for one of `RATIOS`, from the files in a folder.

    Args:
        folder: with `ista_net_cs25.pkl` or `ista_net_plus_cs25.pkl`, `phi_0_25_1089.mat` and
            `Initialization_Matrix_25.mat`.
        plus: whether it is ISTA-Net+.
        ratio: in percent.

    Raises:
        ValueError: if a file is missing or damaged.
    """
    from amp_net.models.rivals.ista_net import ISTANet, ISTANetPlus

    state = torch_files.read(Path(folder) / f"ista_net{'_plus' * plus}_cs{ratio}.pkl")
    phases = {}
    for name, array in state.items():
        *_, number, field = name.split(".")
        phases.setdefault(int(number), {})[field] = np.array(array)
    start = _variable(Path(folder) / f"Initialization_Matrix_{ratio}.mat", "Qinit")
    network = (ISTANetPlus if plus else ISTANet)(cs_ratio=ratio, phases=len(phases))
    network.set_sensing_matrix(matrix(folder, ratio), start.T)
    for number, phase in enumerate(network.phases):
        set_phase(phase, phases[number])
    return network


def set_phase(phase, arrays):
    """Gives an `ISTAPhase` the arrays of one, by their names in the authors' code."""
    phase.step.assign(arrays["lambda_step"].item())
    phase.threshold.assign(arrays["soft_thr"].item())
    layers = {layer.name: layer for layer in phase._flatten_layers(include_self=False)}
    for theirs, name in KERNELS.items():
        if theirs in arrays:
            layers[name].kernel.assign(arrays[theirs].transpose(2, 3, 1, 0))


def matrix(folder, ratio):
    """Their Gaussian Φ, its rows made orthonormal, `(m, 1089)`.

    Raises:
        ValueError: if the file is missing or damaged.
    """
    return _variable(Path(folder) / f"phi_0_{ratio}_1089.mat", "phi")


def _variable(path, name):
    try:
        return scipy.io.loadmat(io.BytesIO(files.read(path, file_sizes.MATLAB)))[name]
    except (TypeError, KeyError, scipy.io.matlab.MatReadError) as error:
        raise ValueError(f"{path} is damaged, or holds no {name}.") from error
