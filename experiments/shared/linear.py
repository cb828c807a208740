"""Linear measurement and recovery, which the networks are compared with."""

import numpy as np

from amp_net.images import blocks
from amp_net.photographs.image_sets import load
from amp_net.training.data.crops import crop_blocks
from amp_net.training.data.principal_components import principal_components, second_moment

CROPS = 30_000


def components_of_t91(count, data_dir):
    """The first principal components of blocks of T91, `(count, 1089)`."""
    return principal_components(
        crop_blocks([image for _, image in load("t91", data_dir)], CROPS, seed=1), count
    )


def rebuild(image, components):
    """A grey image, floats in [0, 1], projected block by block on orthonormal components, `(m, 1089)`."""
    cut = blocks.split(image)
    flat = cut.reshape(len(cut), -1)
    return blocks.merge((flat @ components.T @ components).reshape(cut.shape), image.shape)


def linear_recovery(matrix, known):
    """What turns y into blocks with the least mean square error over known blocks.

    Args:
        matrix: Φ, `(m, 1089)`.
        known: blocks `(count, 33, 33, 1)`, of any unit.

    Returns:
        `(Φ R Φᵀ)⁻¹ Φ R` with the blocks' second moments R, `(m, 1089)`: blocks are y times that.
    """
    moments = second_moment(known)
    return np.linalg.solve(matrix @ moments @ matrix.T, matrix @ moments)
