"""DR2-Net: a linear map, then what it lacks, again and again."""

import keras

from amp_net.models.rivals.recon_net import make_units, refined
from amp_net.models.rivals.rival import Rival


@keras.saving.register_keras_serializable("amp_net")
class DR2Net(Rival):
    """Yao, Dai, Zhang, Ma, Zhang, Zhang and Tian (2017, arXiv 1702.05743).

        X(0) = W_Q y
        X(k) = X(k−1) + U_k(X(k−1)),  k = 1 … 4

    with the units U of ReconNet, batch normalisation before their ReLUs. Φ is Gaussian with orthonormal rows.
    Theirs is trained on the mean squared error, first W_Q, then all of it.

    >>> import numpy as np
    >>> network = DR2Net(cs_ratio=25, block_size=8, units=1)
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio, block_size: as in `Rival`; theirs is 33.
        units: how many units; theirs are 4.
    """

    KIND = "dr2_net"

    def __init__(self, cs_ratio=25, block_size=33, units=4, **kwargs):
        super().__init__(cs_ratio, block_size, {"units": units}, **kwargs)
        self.units = make_units(units, normalized=True, dtype=self.dtype_policy)
        self.built = True

    def restored(self, measurements, training=False):
        return refined(self.initialization(measurements), self.units, training)
