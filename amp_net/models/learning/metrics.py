"""What `fit` and `evaluate` log."""

import keras
from keras import ops


class _Decibels(keras.metrics.Mean):
    """A metric called `psnr`, of which more is better."""

    def __init__(self, name="psnr", **kwargs):
        super().__init__(name=name, **kwargs)
        # Where Keras looks which way is better.
        self._direction = "up"


@keras.saving.register_keras_serializable("amp_net")
class PSNR(_Decibels):
    """PSNR in dB of all blocks seen together: from the mean of their squared errors, for a peak of 1.

    >>> metric = PSNR()
    >>> metric.update_state(ops.ones((1, 2, 2, 1)), 0.9 * ops.ones((1, 2, 2, 1)))
    >>> round(float(metric.result()), 2)
    20.0
    """

    def update_state(self, blocks, restored, sample_weight=None):
        error = ops.stop_gradient(ops.clip(restored, 0.0, 1.0)) - blocks
        return super().update_state(ops.square(error))

    def result(self):
        return -10.0 / ops.log(10.0) * ops.log(super().result())


@keras.saving.register_keras_serializable("amp_net")
class ImagePSNR(_Decibels):
    """PSNR in dB of each image by itself, 100 dB at most, for a peak of 1; the mean over all images.

    >>> metric = ImagePSNR()
    >>> metric.update_state(ops.ones((1, 2, 2, 1)), 0.9 * ops.ones((1, 2, 2, 1)))
    >>> round(float(metric.result()), 2)
    20.0
    """

    def update_state(self, images, restored, sample_weight=None):
        error = ops.stop_gradient(ops.clip(restored, 0.0, 1.0)) - images
        return super().update_state(-10 * ops.log10(ops.mean(ops.square(error), axis=(-3, -2, -1)) + 1e-10))


class LossMeans:
    """The means that `fit` and `evaluate` log: `loss` (Eq. 4), `reconstruction_loss`, `symmetry_loss`.

    No Keras object itself, so that a model which holds it does not write it with its weights.

    >>> means = LossMeans()
    >>> means.update(2.0, 1.5, 0.5, count=4, symmetry_count=4)
    >>> {mean.name: float(mean.result()) for mean in means.all()}
    {'loss': 2.0, 'reconstruction_loss': 1.5, 'symmetry_loss': 0.5}
    """

    def __init__(self):
        self.loss = keras.metrics.Mean(name="loss")
        self.reconstruction_loss = keras.metrics.Mean(name="reconstruction_loss")
        self.symmetry_loss = keras.metrics.Mean(name="symmetry_loss")

    def all(self):
        return [self.loss, self.reconstruction_loss, self.symmetry_loss]

    def update(self, loss, reconstruction, symmetry, count, symmetry_count):
        """Adds a batch, in which a short last one counts for less.

        Args:
            loss, reconstruction, symmetry: L_total, L_R and L_O of the batch.
            count: its blocks.
            symmetry_count: the blocks for which L_O was computed.
        """
        values = (loss, reconstruction, symmetry)
        for mean, value, weight in zip(self.all(), values, (count, count, symmetry_count), strict=True):
            mean.update_state(ops.stop_gradient(value), weight)
