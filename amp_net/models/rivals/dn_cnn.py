"""DnCNN, the denoiser of LD-AMP."""

import math

import keras
from keras import ops

from amp_net.models.inputs.values import checked
from amp_net.models.learning.losses import penalty
from amp_net.models.learning.trained_alone import TrainedAlone

SPREAD = 0.25
"""Standard deviation of a photograph's pixels, of values in [0, 1], about."""
LEVELS = (1 / 255, 500 / 255)
"""Standard deviations of noise that it is trained for, of pixels in [0, 1]; LD-AMP's ranges reach so far."""


@keras.saving.register_keras_serializable("amp_net")
class DnCNN(TrainedAlone):
    """Zhang, Zuo, Chen, Meng and Zhang (IEEE TIP 26(7), 2017), as LD-AMP has it (Metzler, Mousavi and
    Baraniuk, NeurIPS 2017, arXiv 1704.06625).

        X = R − σ f((R − ½) / √(σ² + s²), log σ),  s = `SPREAD`

    with f convolutions of 3×3: a ReLU behind the first, batch normalisation and a ReLU behind those between.
    f learns the noise, and starts as zero. LD-AMP has a network for each of several ranges of σ; here is one
    for all, which is told σ as another channel, and given images of one spread. It is trained by `fit` with
    images alone, to which it adds noise of `LEVELS`, uniform in the logarithm; the loss is the mean square of
    the error in units of the noise, so that all levels count.

    >>> import numpy as np
    >>> network = DnCNN(depth=2, channels=4)
    >>> network.denoised(np.full((8, 12), 0.5, "float32"), level=0.1).shape
    (8, 12)

    Args:
        depth: convolutions; theirs are 17 to 20, LD-AMP's 16.
        channels: feature maps; theirs are 64.

    Call arguments:
        inputs: images `(batch, height, width, 1)`, floats in [0, 1]; noisy, where levels are given.
        levels: σ of each image, `(batch,)`, of pixels in [0, 1]; None to draw them, and the noise.
        training: whether batch normalisation uses and updates batch statistics.

    Returns:
        Images of the same shape, float32, not clipped.
    """

    KIND = "dn_cnn"
    WHAT = "images"
    OWN_LOSS = "the mean squared error in units of the noise"

    def __init__(self, depth=12, channels=48, **kwargs):
        super().__init__(**kwargs)
        self.autocast = False
        self.config = {"depth": depth, "channels": channels}
        self.block_size = 33
        """What `compile` tries itself with."""
        self.noise = keras.random.SeedGenerator(0)
        self.convolutions = [
            keras.layers.Conv2D(
                channels if number < depth else 1,
                3,
                padding="same",
                use_bias=number in (1, depth),
                kernel_initializer="he_normal" if number < depth else "zeros",
                dtype=self.dtype_policy,
                name=f"convolution_{number}",
            )
            for number in range(1, depth + 1)
        ]
        self.normalizations = [
            keras.layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"normalization_{number}")
            for number in range(2, depth)
        ]
        for number, convolution in enumerate(self.convolutions):
            convolution.build((None, None, None, channels if number else 2))
        for normalization in self.normalizations:
            normalization.build((None, None, None, channels))
        self.built = True

    def call(self, inputs, levels=None, training=False):
        images = self._checked(inputs)
        if levels is not None:
            return self._denoised(images, ops.reshape(ops.cast(levels, "float32"), (-1, 1, 1, 1)), training)
        low, high = map(math.log, LEVELS)
        drawn = keras.random.uniform((ops.shape(images)[0], 1, 1, 1), low, high, seed=self.noise)
        levels = ops.exp(drawn)
        noise = keras.random.normal(ops.shape(images), seed=self.noise)
        restored = self._denoised(images + levels * noise, levels, training)
        self.add_loss(penalty((restored - images) / levels, "l2"))
        return restored

    def denoised(self, image, level):
        """A grey image without noise, for `damp`.

        Args:
            image: noisy, `(height, width)`.
            level: σ, of pixels in [0, 1].

        Returns:
            float32 NumPy array of the same shape.
        """
        restored = self(ops.convert_to_tensor(image, "float32")[None, ..., None], levels=[level])
        return ops.convert_to_numpy(restored)[0, ..., 0]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """What `call` has added to the losses; raises a ValueError if there are targets or weights too."""
        self._check_alone(y, sample_weight)
        return sum(self.losses)

    def get_config(self):
        """The fields of the network, with its name and dtype policy."""
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        return {**self.config, "name": self.name, "dtype": dtype}

    def _denoised(self, noisy, levels, training):
        scale = ops.rsqrt(ops.square(levels) + SPREAD**2)
        features = ops.concatenate([(noisy - 0.5) * scale, ops.log(levels) + ops.zeros_like(noisy)], axis=-1)
        for number, convolution in enumerate(self.convolutions):
            features = convolution(features)
            if 0 < number < len(self.convolutions) - 1:
                features = self.normalizations[number - 1](features, training=training)
            if number < len(self.convolutions) - 1:
                features = ops.relu(features)
        return noisy - levels * ops.cast(features, "float32")

    def _checked(self, images):
        return checked(images, (None, None, 1), "images")
