"""ISTA-Net and ISTA-Net+ (Zhang and Ghanem, CVPR 2018), with the weights that their authors published."""

import io
from pathlib import Path

import numpy as np
import scipy.io
import tensorflow as tf

from amp_net.storage import file_sizes
from amp_net.storage.disk import files
from experiments.peers import torch_files

RATIOS = (1, 4, 10, 25, 30, 40)
"""CS ratios in percent for which Φ and the linear start are published with the weights."""
SIDE = 33


class ISTANet:
    """Recovers blocks from a random Gaussian Φ by so many unrolled iterations of ISTA.

        r(k) = x(k−1) − λ(k) Φᵀ(Φ x(k−1) − y)
        x(k) = F̃(soft(F(r(k)), θ(k)))                in ISTA-Net
        x(k) = r(k) + G F̃(soft(F D r(k), θ(k)))      in ISTA-Net+

    with F and F̃ two convolutions each, a ReLU between, and D and G one.

    Args:
        matrix: Φ, `(m, 1089)`.
        start: `(1089, m)`, by which x(0) is y.
        phases: the arrays of each phase, by their names in the authors' code.

    Attributes:
        block_size: side of a block in pixels.
    """

    block_size = SIDE

    def __init__(self, matrix, start, phases):
        self.matrix, self.start = matrix.astype("float32"), start.astype("float32")
        self.phases = phases
        anything = tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32)
        self._compiled = tf.function(self._recover, input_signature=[anything])

    def __call__(self, blocks):
        """Sensed and rebuilt blocks `(batch, 33, 33, 1)`; not clipped."""
        return self._compiled(blocks)

    def _recover(self, blocks):
        y = tf.reshape(blocks, (-1, SIDE * SIDE)) @ self.matrix.T
        x = y @ self.start.T
        for phase in self.phases:
            r = x - phase["lambda_step"] * ((x @ self.matrix.T - y) @ self.matrix)
            r = tf.reshape(r, (-1, SIDE, SIDE, 1))
            plus = "conv_D" in phase
            features = _convolve(r, phase["conv_D"]) if plus else r
            sparse = _pair(features, phase["conv1_forward"], phase["conv2_forward"])
            sparse = tf.sign(sparse) * tf.nn.relu(tf.abs(sparse) - phase["soft_thr"])
            features = _pair(sparse, phase["conv1_backward"], phase["conv2_backward"])
            x = r + _convolve(features, phase["conv_G"]) if plus else features
            x = tf.reshape(x, (-1, SIDE * SIDE))
        return tf.reshape(x, (-1, SIDE, SIDE, 1))


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
    state = torch_files.read(Path(folder) / f"ista_net{'_plus' * plus}_cs{ratio}.pkl")
    phases = {}
    for name, array in state.items():
        *_, number, field = name.split(".")
        phases.setdefault(int(number), {})[field] = np.array(array)
    start = _variable(Path(folder) / f"Initialization_Matrix_{ratio}.mat", "Qinit")
    return ISTANet(matrix(folder, ratio), start, [phases[number] for number in sorted(phases)])


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


def _pair(features, first, second):
    return _convolve(tf.nn.relu(_convolve(features, first)), second)


def _convolve(features, kernel):
    return tf.nn.conv2d(features, kernel.transpose(2, 3, 1, 0), 1, "SAME")
