"""What `compile`, `fit` and `evaluate` do with blocks, under any backend."""

import contextlib

import keras
import numpy as np
from keras import ops

# A model that was compiled with it and saved finds it when it is loaded.
from amp_net.models import kernel_muon  # noqa: F401
from amp_net.models.checks import in_unit
from amp_net.models.losses import reconstruction_loss, symmetry_loss, total_loss
from amp_net.models.metrics import PSNR, LossMeans

FIRST = 64
"""Blocks of an array that are looked at before `fit`."""


class TrainedOnBlocks(keras.Model):
    """A model that is trained on L_total (Eq. 4) with blocks alone, which it is to rebuild.

    A subclass has the fields of the loss in `config`, a `block_size`, a layer `sensing`, and the methods
    `_reconstruct` and `_checked` of `AMPNet`.

    Attributes:
        symmetry_every: of every how many blocks `call` is to take the symmetry residual, for `penalise`; None
            outside of the steps of `fit` and `evaluate`, where nobody asks for it.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.symmetry_every = None
        self.loss_means = LossMeans()

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        **kwargs,
    ):
        """As Keras's, but that the loss is Eq. 4.

        Args:
            optimizer: as in Keras.
            metrics: a list of more metrics of the rebuilt blocks against the blocks, beside `loss`,
                `reconstruction_loss`, `symmetry_loss` and `psnr`.
            loss, loss_weights, weighted_metrics: None.
            kwargs: as in Keras.

        Raises:
            ValueError: if a loss or weighted metrics are given, or the metrics are no list.
        """
        if any((loss, loss_weights, weighted_metrics)):
            raise ValueError(
                "AMPNet has its own loss, see the fields loss_penalty and symmetry_weight, and nothing to "
                "weight metrics by; compile it with an optimizer, and with metrics if you like."
            )
        if not isinstance(metrics or [], list | tuple):
            raise ValueError(f"The metrics are {metrics!r}; give a list of them.")
        # One of a model that is loaded is there already.
        more = [metric for metric in metrics or [] if not isinstance(metric, PSNR)]
        super().compile(optimizer, metrics=[PSNR(), *more], **kwargs)
        # Keras would trace the whole network once more to make the variables of the metrics.
        block = ops.zeros((1, self.block_size, self.block_size, 1))
        with keras.StatelessScope():
            self.compute_metrics(block, None, block)

    def compile_from_config(self, config):
        """Compiles a loaded model as it was; Keras asks for this where `compile` is not its own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    @property
    def metrics(self):
        # Keras's own mean of the loss has the same name as ours.
        return self.loss_means.all() + [metric for metric in super().metrics if metric.name != "loss"]

    def fit(self, x=None, *arguments, **kwargs):
        """As Keras's, with blocks alone.

        Raises:
            ValueError: if the first blocks of an array are none, see `AMPNet.sense`.
        """
        self._look_at(x)
        return super().fit(x, *arguments, **kwargs)

    def evaluate(self, x=None, *arguments, **kwargs):
        """As Keras's, with blocks alone; raises what `fit` does."""
        self._look_at(x)
        return super().evaluate(x, *arguments, **kwargs)

    def train_step(self, *arguments):
        """Keras's own step of its backend."""
        with self._with_symmetry():
            return super().train_step(*arguments)

    def test_step(self, *arguments):
        """Keras's own step of its backend."""
        with self._with_symmetry():
            return super().test_step(*arguments)

    def penalise(self, residuals):
        """Adds L_O (Eq. 6) to `losses`, from where `compute_loss` takes it."""
        self.add_loss(self._symmetry_loss(residuals))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """L_total (Eq. 4) of a batch of blocks `x` that was rebuilt as `y_pred`.

        Raises:
            ValueError: if there are targets or weights besides.
        """
        check_alone(y, sample_weight)
        return self._batch_loss(self._checked(x), y_pred, self.losses[0] if self.losses else ops.zeros(()))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """All metrics; those that are compiled compare the rebuilt blocks with the blocks."""
        return super().compute_metrics(x, x, y_pred)

    def _look_at(self, x):
        """Checks the first blocks of an array, since a compiled step has no values to look at."""
        if isinstance(x, np.ndarray) or ops.is_tensor(x):
            in_unit(self._checked(x[:FIRST]), "blocks")

    def _batch_loss(self, blocks, restored, symmetry):
        """L_total of a batch, of which L_O is known; also updates the means of the losses."""
        config, count = self.config, ops.shape(blocks)[0]
        reconstruction = reconstruction_loss(restored, blocks, config["loss_penalty"], config["epsilon"])
        loss = total_loss(reconstruction, symmetry, config["symmetry_weight"])
        self.loss_means.update(loss, reconstruction, symmetry, count, -(-count // self._every()))
        return loss

    def _symmetry_loss(self, residuals):
        return symmetry_loss(residuals, self.config["loss_penalty"], self.config["epsilon"])

    def _every(self):
        """Of every how many blocks L_O is taken."""
        return round(1 / self.config["symmetry_fraction"])

    def _symmetry_every(self):
        """The same, or None where L_O does not count."""
        return self._every() if self.config["symmetry_weight"] else None

    @contextlib.contextmanager
    def _with_symmetry(self):
        """In here a call takes the symmetry residual too."""
        self.symmetry_every = self._symmetry_every()
        try:
            yield
        finally:
            self.symmetry_every = None


def check_alone(target, weight):
    """Raises a ValueError if blocks come with targets or sample weights."""
    if target is not None or weight is not None:
        raise ValueError(
            "AMPNet is trained and evaluated with blocks alone, which are what it is to rebuild; leave "
            "out y and the sample weights."
        )
