"""Networks that make an image of y and never look at y again: Ad-Recon-Net and DR2-Net."""

import keras
import tensorflow as tf

from amp_net import AMPNet

CONVOLUTIONS = ((64, 11), (32, 1), (1, 7))
"""Feature maps and side of the kernel of a unit's three convolutions (Kulkarni et al., CVPR 2016)."""


def recon_unit(normalized, rectified, policy):
    """Three convolutions of `CONVOLUTIONS`, from one map to one, of which the last starts with zeros.

    Args:
        normalized: whether real batch normalisation follows each but the last.
        rectified: whether a ReLU follows the last, as it does the others.
        policy: Keras dtype policy.
    """
    unit = keras.Sequential()
    for maps, side in CONVOLUTIONS:
        last = maps == 1
        start = "zeros" if last else "glorot_uniform"
        unit.add(keras.layers.Conv2D(maps, side, padding="same", kernel_initializer=start, dtype=policy))
        if normalized and not last:
            unit.add(keras.layers.BatchNormalization(dtype=policy))
        if rectified or not last:
            unit.add(keras.layers.ReLU(dtype=policy))
    return unit


class FeedForward(AMPNet):
    """AMP-Net's sensing, start and training, with units of convolutions in the place of its stages."""

    def __init__(self, **fields):
        # One stage remains, since there must be one; it is not computed.
        super().__init__(**{**fields, "stages": 1, "symmetry_weight": 0.0, "loss_penalty": "l2"})
        for stage in self.stages:
            stage.trainable = False

    def build(self, input_shape):
        self.units = self.make_units()
        for unit in self.units:
            unit.build(input_shape)
        super().build(input_shape)

    def _reconstruct(self, measurements, symmetry_every=None, training=False):
        estimate = self.initialization(measurements)
        for unit in self.units:
            estimate = self.after(estimate, tf.cast(unit(estimate, training=training), tf.float32))
        return estimate, []


class AdReconNet(FeedForward):
    """Two units, one after the other, behind a W_φ that is learned (Xie et al., 2017, arXiv 1710.01244).

    Each starts as what leaves an image as it is, where theirs started at random.
    """

    def make_units(self):
        return [recon_unit(False, rectified, self.dtype_policy) for rectified in (True, False)]

    def build(self, input_shape):
        super().build(input_shape)
        convolutions = [layer for unit in self.units for layer in unit.layers if hasattr(layer, "kernel")]
        for layer in convolutions:
            kernel = layer.kernel.numpy()
            kernel[..., 0] = 0
            kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, 0, 0] = 1
            layer.kernel.assign(kernel)

    def after(self, estimate, of_unit):
        """What a unit makes of an estimate is the next."""
        return of_unit


class DR2Net(FeedForward):
    """Four units, each of which adds to the image what it lacks (Yao et al., 2017, arXiv 1702.05743).

    Theirs senses with a random Gaussian Φ, which is kept.
    """

    def make_units(self):
        return [recon_unit(True, False, self.dtype_policy) for _ in range(4)]

    def after(self, estimate, of_unit):
        """A unit's output is a correction."""
        return estimate + of_unit
