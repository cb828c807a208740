"""Ad-Recon-Net: ReconNet with a Φ that it learns."""

import keras

from amp_net.models.rivals.recon_net import ReconNet


@keras.saving.register_keras_serializable("amp_net")
class AdReconNet(ReconNet):
    """Xie, Wang, Shi, Wang, Du and Zhao, "Adaptive Measurement Network for CS Image Reconstruction" (2017,
    arXiv 1710.01244).

    A fully connected layer measures the blocks of a `ReconNet` and is trained with it, on the mean squared
    error.

    >>> import numpy as np
    >>> network = AdReconNet(cs_ratio=25, block_size=8)
    >>> y = network.sense(np.full((2, 8, 8, 1), 0.5, "float32"))
    >>> tuple(y.shape), tuple(network.reconstruct(y).shape)
    ((2, 16), (2, 8, 8, 1))

    Args:
        cs_ratio, block_size: as in `Rival`; theirs is 33.
    """

    KIND = "ad_recon_net"
    LEARNS_SENSING = True
