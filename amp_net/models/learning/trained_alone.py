"""What `compile`, `fit` and `evaluate` do with images alone, which a model is to rebuild."""

import keras
import numpy as np
from keras import ops

from amp_net.models.inputs.values import in_unit

# A model that was compiled with it and saved finds it when it is loaded.
from amp_net.models.learning import kernel_muon  # noqa: F401
from amp_net.models.learning.metrics import PSNR

FIRST = 64
"""Images of an array that are checked before `fit`."""


class TrainedAlone(keras.Model):
    """A model that is trained and evaluated with blocks or images alone, under any backend.

    A subclass has a `block_size`, a `compute_loss`, and a method `_checked`, which gives a batch as float32
    or raises a ValueError.
    """

    WHAT = "blocks"
    """What it is trained with."""
    OWN_LOSS = ""
    """What its loss is, as an error says it."""
    PSNR = PSNR
    """The metric `psnr`."""

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        **kwargs,
    ):
        """As Keras's, but that the loss is the model's own.

        Args:
            optimizer: as in Keras.
            metrics: a list of more metrics of the rebuilt against the original, in addition to `psnr` and the
                losses.
            loss, loss_weights, weighted_metrics: None.
            kwargs: as in Keras.

        Raises:
            ValueError: if a loss or weighted metrics are given, or the metrics are no list.
        """
        if any((loss, loss_weights, weighted_metrics)):
            raise ValueError(
                f"{type(self).__name__} has its own loss, {self.OWN_LOSS}, and nothing to weight metrics by; "
                "compile it with an optimizer, and with metrics if you like."
            )
        if not isinstance(metrics or [], list | tuple):
            raise ValueError(f"The metrics are {metrics!r}; give a list of them.")
        # A model that is loaded has one already.
        more = [metric for metric in metrics or [] if not isinstance(metric, self.PSNR)]
        super().compile(optimizer, metrics=[self.PSNR(), *more], **kwargs)
        # Keras would trace the whole network once more to make the variables of the metrics.
        block = ops.zeros((1, self.block_size, self.block_size, 1))
        with keras.StatelessScope():
            self.compute_metrics(block, None, block)

    def compile_from_config(self, config):
        """Compiles a loaded model as it was; Keras asks for this where `compile` is not its own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def fit(self, x=None, *arguments, **kwargs):
        """As Keras's, with blocks or images alone.

        Raises:
            ValueError: if the first ones of an array are none, see `sense` of the model.
        """
        self._look_at(x)
        return super().fit(x, *arguments, **kwargs)

    def evaluate(self, x=None, *arguments, **kwargs):
        """As Keras's, likewise; raises what `fit` does."""
        self._look_at(x)
        return super().evaluate(x, *arguments, **kwargs)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """All metrics; those that are compiled compare what is rebuilt with what it was."""
        return super().compute_metrics(x, x, y_pred)

    def _look_at(self, x):
        """Checks the first blocks of an array, since a compiled step has no values to look at."""
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            in_unit(self._checked(x[:FIRST]), self.WHAT)

    def _check_alone(self, target, weight):
        """Raises a ValueError if there are targets or sample weights too."""
        if target is not None or weight is not None:
            raise ValueError(
                f"{type(self).__name__} is trained and evaluated with {self.WHAT} alone, which are what it "
                "is to rebuild; leave out y and the sample weights."
            )
