"""What `compile`, `fit` and `evaluate` do with blocks, under any backend."""

import contextlib

from keras import ops

from amp_net.models.learning.losses import reconstruction_loss, symmetry_loss, total_loss
from amp_net.models.learning.metrics import LossMeans
from amp_net.models.learning.trained_alone import TrainedAlone


class TrainedOnBlocks(TrainedAlone):
    """A model that is trained on L_total (Eq. 4) with blocks alone, which it is to rebuild.

    A subclass has the fields of the loss in `config`, a `block_size`, a layer `sensing`, and the methods
    `_reconstruct` and `_checked` of `AMPNet`.

    Attributes:
        symmetry_every: of every how many blocks `call` is to take the symmetry residual, for `penalise`; None
            outside of the steps of `fit` and `evaluate`, where nobody asks for it.
    """

    OWN_LOSS = "see the fields loss_penalty and symmetry_weight"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.symmetry_every = None
        self.loss_means = LossMeans()

    @property
    def metrics(self):
        # Keras's own mean of the loss has the same name as ours.
        return self.loss_means.all() + [metric for metric in super().metrics if metric.name != "loss"]

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
            ValueError: if there are targets or weights too.
        """
        self._check_alone(y, sample_weight)
        return self._batch_loss(self._checked(x), y_pred, self.losses[0] if self.losses else ops.zeros(()))

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
        """L_O is computed for one of so many blocks."""
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
