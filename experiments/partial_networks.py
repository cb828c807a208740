"""The two halves of AMP-Net, each without the other."""

import keras
import numpy as np
import scipy.fft
import tensorflow as tf

from amp_net import AMPNet


class AMPAlone(AMPNet):
    """AMP-Net with `X(k) = Dᵀ η D(R(k))` as before it was replaced by a CNN (Eq. 2).

    D is the cosine transform, η the soft threshold, at a height that is learned for each stage.
    """

    def __init__(self, **fields):
        super().__init__(**{**fields, "symmetry_weight": 0.0})
        for stage in self.stages:
            stage.cnn.trainable = False
        self.cosines = scipy.fft.dct(np.eye(self.block_size, dtype="float32"), axis=0, norm="ortho")

    def build(self, input_shape):
        self.thresholds = self.add_weight(
            name="thresholds",
            shape=(len(self.stages),),
            initializer=keras.initializers.Constant(0.01),
            constraint=keras.constraints.NonNeg(),
            dtype="float32",
            autocast=False,
        )
        super().build(input_shape)

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate = self.initialization(measurements)
        residual = measurements - self.sensing(estimate)
        for stage, threshold in zip(self.stages, tf.unstack(self.thresholds), strict=True):
            estimate = self.shrunk(self.sensing.adjoint(residual) + estimate, threshold)
            if not stage.last:
                residual = measurements - self.sensing(estimate) + stage.onsager * residual
        return estimate, []

    def shrunk(self, blocks, threshold):
        """`Dᵀ η D` of blocks `(batch, side, side, 1)`."""
        sparse = self.cosines @ blocks[..., 0] @ self.cosines.T
        sparse = tf.nn.relu(sparse - threshold) - tf.nn.relu(-sparse - threshold)
        return (self.cosines.T @ sparse @ self.cosines)[..., tf.newaxis]


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
