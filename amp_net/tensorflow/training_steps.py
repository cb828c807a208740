"""The steps of `fit`, `evaluate` and `predict` under TensorFlow."""

import keras
import tensorflow as tf

from amp_net.models import trained_on_blocks
from amp_net.models.trained_on_blocks import check_alone


class TrainedOnBlocks(trained_on_blocks.TrainedOnBlocks):
    """`TrainedOnBlocks` whose steps can be shared out over replicas, and stop at blocks with NaN.

    Keras's own step would clip each replica's gradients apart, and keeps what `add_loss` adds in a list that
    the replicas have in common, though their traces take turns.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.jit_compile = False

    def compile(self, *arguments, jit_compile="auto", **kwargs):
        """As for every backend, but that XLA is used only if it is asked for.

        XLA has no check for NaN, and Keras would choose it by itself on a GPU. With `jit_compile=True` blocks
        with NaN give a loss of NaN instead of an error.
        """
        super().compile(*arguments, jit_compile=jit_compile is True, **kwargs)

    def train_step(self, data):
        """One optimizer step on L_total (Eq. 4)."""
        blocks = self._batch_alone(data)
        with tf.GradientTape() as tape:
            loss, restored = self._rebuilt(blocks, training=True)
            replicas = self.distribute_strategy.num_replicas_in_sync
            scaled = self.optimizer.scale_loss(loss / replicas)
        gradients = tape.gradient(scaled, self.trainable_weights)
        gradients = of_whole_batch(gradients, self.optimizer, replicas)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self.compute_metrics(blocks, None, restored)

    def test_step(self, data):
        """The same losses and metrics without a change of weights."""
        blocks = self._batch_alone(data)
        _, restored = self._rebuilt(blocks, training=False)
        return self.compute_metrics(blocks, None, restored)

    def predict_step(self, data):
        """The reconstruction of a batch of blocks."""
        blocks, *_ = keras.utils.unpack_x_y_sample_weight(data)
        return self(self._batch(blocks), training=False)

    def _rebuilt(self, blocks, training):
        """L_total of a batch, whose mean is updated, and the rebuilt blocks."""
        every = self._symmetry_every()
        restored, residuals = self._reconstruct(self.sensing(blocks), every, training)
        symmetry = tf.constant(0.0) if every is None else self._symmetry_loss(residuals)
        return self._batch_loss(blocks, restored, symmetry), restored

    def _batch_alone(self, data):
        blocks, target, weight = keras.utils.unpack_x_y_sample_weight(data)
        check_alone(target, weight)
        return self._batch(blocks)

    def _batch(self, blocks):
        return tf.debugging.assert_all_finite(self._checked(blocks), "The blocks hold NaN or infinity")


def of_whole_batch(gradients, optimizer, replicas):
    """Each replica's share of the whole batch's clipped gradients; the optimizer adds the shares up.

    Keras itself clips each replica's gradients apart, before they are added up, so that the outcome would
    depend on the number of replicas.
    """
    if replicas == 1:
        return gradients
    gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
    # In float16 the gradients are scaled here still, and what clips them is inside.
    scale = optimizer.scale_loss(tf.constant(1.0))
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.global_clipnorm:
        gradients, _ = tf.clip_by_global_norm(gradients, scale * inner.global_clipnorm)
    if inner.clipnorm:
        gradients = [tf.clip_by_norm(gradient, scale * inner.clipnorm) for gradient in gradients]
    if inner.clipvalue:
        limit = scale * inner.clipvalue
        gradients = [tf.clip_by_value(gradient, -limit, limit) for gradient in gradients]
    return [gradient / replicas for gradient in gradients]
