"""What `compile`, `fit`, `evaluate` and `predict` do with blocks."""

import keras
import tensorflow as tf

# A model that was compiled with it and saved finds it when it is loaded.
from amp_net import kernel_muon  # noqa: F401
from amp_net.distribution import of_whole_batch
from amp_net.losses import reconstruction_loss, symmetry_loss, total_loss
from amp_net.metrics import TrainingMetrics


class TrainedOnBlocks(keras.Model):
    """A model that is trained on L_total (Eq. 4) with blocks alone, which it is to rebuild.

    A subclass has the fields of the loss in `config`, a layer `sensing`, and the methods `_reconstruct` and
    `_checked` of `AMPNet`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # XLA has no check for NaN, and Keras would choose it by itself on a GPU.
        self.supports_jit = False
        self.training_metrics = TrainingMetrics()

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        **kwargs,
    ):
        """As Keras's, but that the loss is Eq. 4 and the metrics are fixed.

        Raises:
            ValueError: if a loss or metrics are given.
        """
        if any((loss, loss_weights, metrics, weighted_metrics)):
            raise ValueError(
                "AMPNet has its own loss, see the fields loss_penalty and symmetry_weight, and its own "
                "metrics; compile it with an optimizer alone."
            )
        super().compile(optimizer, **kwargs)

    def compile_from_config(self, config):
        """Compiles a loaded model as it was; Keras asks for this where `compile` is not its own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    @property
    def metrics(self):
        return self.training_metrics.all()

    def train_step(self, data):
        """One optimizer step on L_total (Eq. 4)."""
        blocks = self._batch_alone(data)
        with tf.GradientTape() as tape:
            loss = self._batch_loss(blocks, training=True)
            replicas = self.distribute_strategy.num_replicas_in_sync
            scaled = self.optimizer.scale_loss(loss / replicas)
        gradients = tape.gradient(scaled, self.trainable_weights)
        gradients = of_whole_batch(gradients, self.optimizer, replicas)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self.get_metrics_result()

    def test_step(self, data):
        """The same losses and PSNR without a change of weights."""
        self._batch_loss(self._batch_alone(data), training=False)
        return self.get_metrics_result()

    def predict_step(self, data):
        """The reconstruction of a batch of blocks."""
        blocks, *_ = keras.utils.unpack_x_y_sample_weight(data)
        return self(self._batch(blocks), training=False)

    def _batch_loss(self, blocks, training):
        """L_total of a batch; also updates the metrics."""
        weight, epsilon = self.config["symmetry_weight"], self.config["epsilon"]
        kind, every = self.config["loss_penalty"], round(1 / self.config["symmetry_fraction"])
        restored, residuals = self._reconstruct(self.sensing(blocks), every if weight else None, training)
        reconstruction = reconstruction_loss(restored, blocks, kind, epsilon)
        symmetry = symmetry_loss(residuals, kind, epsilon) if weight else tf.constant(0.0)
        loss = total_loss(reconstruction, symmetry, weight)
        # A short last batch counts for less.
        count = tf.shape(blocks)[0]
        self.training_metrics.loss.update_state(loss, count)
        self.training_metrics.reconstruction_loss.update_state(reconstruction, count)
        self.training_metrics.symmetry_loss.update_state(symmetry, -(-count // every))
        self.training_metrics.psnr.update_state(blocks, restored)
        return loss

    def _batch_alone(self, data):
        """The blocks of what `fit` and `evaluate` are given.

        Raises:
            ValueError: if there are targets or weights besides.
        """
        blocks, target, weight = keras.utils.unpack_x_y_sample_weight(data)
        if target is not None or weight is not None:
            raise ValueError(
                "AMPNet is trained and evaluated with blocks alone, which are what it is to rebuild; leave "
                "out y and the sample weights."
            )
        return self._batch(blocks)

    def _batch(self, blocks):
        return tf.debugging.assert_all_finite(self._checked(blocks), "The blocks hold NaN or infinity")
