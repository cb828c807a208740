"""The steps of `fit`, `evaluate` and `predict` under TensorFlow."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from amp_net.models.inputs.values import FAR
from amp_net.models.learning import trained_alone, trained_on_blocks, trained_on_windows


class EveryBatchChecked(trained_alone.TrainedAlone):
    """A model whose steps stop at a batch that is none.

    With `compile(jit_compile=True)`, the default on a GPU, XLA compiles a step but for the check of the
    batch, which XLA would leave out.
    """

    def make_train_function(self, force=False):
        """As Keras's, but that XLA is left to `train_step`, and the optimizer's variables are there already.

        A function of TensorFlow that makes variables is traced twice.
        """
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        with self._without_xla():
            return super().make_train_function(force)

    def make_test_function(self, force=False):
        """As Keras's, but that XLA is left to `test_step`."""
        with self._without_xla():
            return super().make_test_function(force)

    def make_predict_function(self, force=False):
        """As Keras's, but that XLA is left to `predict_step`."""
        with self._without_xla():
            return super().make_predict_function(force)

    def _look_at(self, x):
        """Nothing: the steps check every batch."""

    def _batch_alone(self, data):
        blocks, target, weight = keras.utils.unpack_x_y_sample_weight(data)
        self._check_alone(target, weight)
        return self._batch(blocks)

    def _batch(self, blocks):
        """The batch, checked by operations that run with every step, without a look from Python."""
        blocks = tf.debugging.assert_all_finite(
            self._checked(blocks), f"The {self.WHAT} hold NaN or infinity"
        )
        return tf.debugging.assert_all_finite(
            tf.where(tf.abs(blocks) <= FAR, blocks, np.nan),
            f"The {self.WHAT} must be in [0, 1], so divide 8-bit pixels by 255; these",
        )

    def _by_xla(self, step):
        """A step of tensors, which XLA compiles if it is to."""
        return tf.function(step, jit_compile=True, autograph=False) if self.jit_compile else step

    @contextlib.contextmanager
    def _without_xla(self):
        """In here Keras takes `jit_compile` to be off."""
        wanted = self.jit_compile
        self.jit_compile = False
        try:
            yield
        finally:
            self.jit_compile = wanted


class TrainedOnWindows(EveryBatchChecked, trained_on_windows.TrainedOnWindows):
    """`TrainedOnWindows` whose steps stop at images that are none."""

    def train_step(self, data):
        """Keras's own step."""
        images = self._batch_alone(data)
        with tf.control_dependencies([images]):
            return self._by_xla(super().train_step)(images)

    def test_step(self, data):
        """Keras's own step."""
        return self._by_xla(super().test_step)(self._batch_alone(data))


class TrainedOnBlocks(EveryBatchChecked, trained_on_blocks.TrainedOnBlocks):
    """`TrainedOnBlocks` whose steps can be shared out over replicas, and stop at blocks that are none.

    Keras's own step would clip each replica's gradients apart, and keeps what `add_loss` adds in a list that
    the replicas have in common, though their traces take turns.
    """

    def train_step(self, data):
        """One optimizer step on L_total (Eq. 4)."""
        blocks = self._batch_alone(data)
        # Or the optimizer would count a step whose blocks are refused.
        with tf.control_dependencies([blocks]):
            return self._by_xla(self._trained)(blocks)

    def test_step(self, data):
        """The same losses and metrics without a change of weights."""
        return self._by_xla(self._evaluated)(self._batch_alone(data))

    def predict_step(self, data):
        """The reconstruction of a batch of blocks."""
        blocks, *_ = keras.utils.unpack_x_y_sample_weight(data)
        return self._by_xla(lambda blocks: self(blocks, training=False))(self._batch(blocks))

    def _trained(self, blocks):
        with tf.GradientTape() as tape:
            loss, restored = self._rebuilt(blocks, training=True)
            replicas = self.distribute_strategy.num_replicas_in_sync
            scaled = self.optimizer.scale_loss(loss / replicas)
        gradients = tape.gradient(scaled, self.trainable_weights)
        gradients = of_whole_batch(gradients, self.optimizer, replicas)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self.compute_metrics(blocks, None, restored)

    def _evaluated(self, blocks):
        _, restored = self._rebuilt(blocks, training=False)
        return self.compute_metrics(blocks, None, restored)

    def _rebuilt(self, blocks, training):
        """L_total of a batch, whose mean is updated, and the rebuilt blocks."""
        every = self._symmetry_every()
        restored, residuals = self._reconstruct(self.sensing(blocks), every, training)
        symmetry = tf.constant(0.0) if every is None else self._symmetry_loss(residuals)
        return self._batch_loss(blocks, restored, symmetry), restored


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
