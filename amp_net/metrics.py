"""PSNR and SSIM."""

import keras
import numpy as np
import tensorflow as tf


def psnr(reference, restored, clip=True):
    """Peak signal-to-noise ratio of one image in dB, for a peak of 1.

    Args:
        reference: the original, floats in [0, 1], any shape.
        restored: the reconstruction, same shape.
        clip: whether the reconstruction is first clipped to [0, 1], as it would be on a screen or in a
            file. The authors' published numbers are unclipped.

    Returns:
        dB; infinite for equal images.

    Raises:
        ValueError: if the shapes differ.
    """
    reference = np.asarray(reference, "float64")
    restored = np.asarray(restored, "float64")
    if reference.shape != restored.shape:
        raise ValueError(f"The images to compare have shapes {reference.shape} and {restored.shape}.")
    if clip:
        restored = np.clip(restored, 0, 1)
    error = np.mean((reference - restored) ** 2)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def ssim(reference, restored):
    """Structural similarity of one channel, after Wang et al. 2004.

    Gaussian window of 11×11 and σ 1.5, K = (0.01, 0.03), mean over the positions where the window fits;
    the reconstruction is clipped to [0, 1].

    Args:
        reference: the original, floats in [0, 1], `(height, width)`.
        restored: the reconstruction, same shape.

    Returns:
        SSIM in [−1, 1], or NaN for an image smaller than the window.
    """
    if min(reference.shape) < 11:
        return float("nan")
    images = [np.clip(image, 0, 1).astype("float32")[..., np.newaxis] for image in (reference, restored)]
    return float(tf.image.ssim(*images, max_val=1.0))


@keras.saving.register_keras_serializable("amp_net")
class PSNR(keras.metrics.Mean):
    """PSNR in dB of all blocks seen together: from the mean of their squared errors, for a peak of 1."""

    def __init__(self, name="psnr", **kwargs):
        super().__init__(name=name, **kwargs)

    def update_state(self, blocks, restored, sample_weight=None):
        return super().update_state(tf.square(tf.clip_by_value(restored, 0.0, 1.0) - blocks))

    def result(self):
        return -10.0 / tf.math.log(10.0) * tf.math.log(super().result())


class TrainingMetrics:
    """What `fit` and `evaluate` log: `loss` (Eq. 4), `reconstruction_loss`, `symmetry_loss` and `psnr`.

    No Keras object itself, so that a model which holds it does not write it with its weights.
    """

    def __init__(self):
        self.loss = keras.metrics.Mean(name="loss")
        self.reconstruction_loss = keras.metrics.Mean(name="reconstruction_loss")
        self.symmetry_loss = keras.metrics.Mean(name="symmetry_loss")
        self.psnr = PSNR()

    def all(self):
        return [self.loss, self.reconstruction_loss, self.symmetry_loss, self.psnr]
