"""What `fit` and `evaluate` do with windows of photographs, for a network for all ratios."""

import keras
from keras import ops

from amp_net.models.learning.counts import drawn_counts, standard_counts
from amp_net.models.learning.losses import log_error
from amp_net.models.learning.metrics import ImagePSNR
from amp_net.models.learning.trained_alone import TrainedAlone


class Draws(keras.random.SeedGenerator):
    """The state of the draws of m, which is no part of a network's weights and is not saved."""

    def save_own_variables(self, store):
        """Nothing."""

    def load_own_variables(self, store):
        """Nothing."""


class TrainedOnWindows(TrainedAlone):
    """A model that is trained on the mean of `log_error` of images, each with an m of its own.

    In training m is drawn anew for each image, by `drawn_counts`. In evaluation each image is rebuilt from
    each of `standard_counts`, and `loss` and `psnr` are means over all of these.

    A subclass has `measurements`, a `block_size`, and the method `_checked` of `TrainedAlone`. Its `call`
    gives images `(batch, height, width, 1)` in training, and `(batch, counts, height, width, 1)` in
    evaluation.
    """

    WHAT = "images"
    OWN_LOSS = "the mean of log(MSE + 1e-5)"
    PSNR = ImagePSNR

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.draws = Draws()

    def standard_counts(self):
        """The m of `evaluate`: those of the paper's seven ratios, as far as the network takes so many."""
        return standard_counts(self.measurements, self.block_size)

    def drawn_counts(self, count):
        """m of each of `count` images of a training step."""
        uniform = keras.random.uniform((2, count), seed=self.draws)
        return drawn_counts(uniform, self.standard_counts()[0], self.measurements)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The mean of `log_error` of images `x` that were rebuilt as `y_pred`.

        Raises:
            ValueError: if there are targets or weights too.
        """
        self._check_alone(y, sample_weight)
        return ops.mean(log_error(y_pred, self._beside(x, y_pred)))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """As `TrainedAlone`'s."""
        return super().compute_metrics(self._beside(x, y_pred), y, y_pred)

    def predict(self, *arguments, **kwargs):
        """Not for this model.

        Raises:
            ValueError: always, since nothing says from how many measurements images are to be rebuilt.
        """
        raise ValueError(
            "This network is for all CS ratios; call it with images and the m of each, or use "
            "network.at(cs_ratio)."
        )

    def _beside(self, images, restored):
        """Images as often as they were rebuilt."""
        images = self._checked(images)
        if len(restored.shape) == len(images.shape):
            return images
        return ops.broadcast_to(images[:, None], ops.shape(restored))
