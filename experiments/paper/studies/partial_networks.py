"""The two halves of AMP-Net, each without the other."""

import keras
import numpy as np
import scipy.fft
from keras import ops

from amp_net import AMPNet


class CosineThreshold(keras.layers.Layer):
    """`X = Dᵀ η D(R)` (Eq. 2): D the cosine transform, η the soft threshold, at a height that is learned.

    It has the call arguments and results of `BalancedCNN`, without a symmetry residual.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, dtype="float32", **kwargs)

    def build(self, blocks_shape):
        self.cosines = scipy.fft.dct(np.eye(blocks_shape[1], dtype="float32"), axis=0, norm="ortho")
        self.height = self.add_weight(
            autocast=False,
            name="height",
            shape=(),
            initializer=keras.initializers.Constant(0.01),
            constraint=keras.constraints.NonNeg(),
        )

    def call(self, blocks, symmetry_every=None, training=False):
        sparse = ops.matmul(ops.matmul(self.cosines, blocks[..., 0]), self.cosines.T)
        sparse = ops.relu(sparse - self.height) - ops.relu(-sparse - self.height)
        return ops.matmul(ops.matmul(self.cosines.T, sparse), self.cosines)[..., None], None


class AMPAlone(AMPNet):
    """AMP-Net with `X(k) = Dᵀ η D(R(k))` as before it was replaced by a CNN (Eq. 2)."""

    def __init__(self, **fields):
        super().__init__(**{**fields, "symmetry_weight": 0.0})

    def make_denoiser(self, make=CosineThreshold):
        return make(name="threshold")


class CNNAlone(AMPNet):
    """AMP-Net without AMP: each balanced CNN goes on from the one before, and y is not looked at again."""

    def __init__(self, **fields):
        super().__init__(**fields)
        for stage in self.stages[:-1]:
            stage.onsager.trainable = False

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate, symmetry = self.initialization(measurements), []
        for stage in self.stages:
            estimate, of_stage = stage.cnn(estimate, symmetry_every=symmetry_every, training=training)
            symmetry.append(of_stage)
        return estimate, symmetry
