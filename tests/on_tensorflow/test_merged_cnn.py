import numpy as np
import pytest
import tensorflow as tf

from amp_net import AMPNet
from amp_net.layers import BalancedCNN
from amp_net.models import forms
from amp_net.tensorflow.merged.merged_cnn import MergedCNN, with_every
from experiments.benchmark.networks.plain_network import PlainAMPNet
from tests.conftest import randomize


def twins(rng, **fields):
    """A `BalancedCNN` and a `MergedCNN` of the same random weights."""
    plain, merged = (kind(8, **fields) for kind in (BalancedCNN, MergedCNN))
    for layer in (plain, merged):
        layer.build((None, 9, 9, 1))
    randomize(plain, rng, 0.2)
    merged.set_weights(plain.get_weights())
    return plain, merged


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("every", [None, 1, 3])
@pytest.mark.parametrize("attention", [False, True])
@pytest.mark.parametrize("normalization", ["affine", "batch"])
def test_values_and_gradients_are_those_of_the_plain_layers(normalization, attention, every, training, rng):
    attention = {"spatial_attention": attention, "channel_attention": attention}
    layers = twins(rng, normalization=normalization, **attention)
    blocks = tf.constant(rng.normal(size=(7, 9, 9, 1)), "float32")
    found = []
    for layer in layers:
        with tf.GradientTape() as tape:
            tape.watch(blocks)
            outputs = layer(blocks, symmetry_every=every, training=training)
            outputs = [each for each in outputs if each is not None]
            loss = tf.add_n([tf.reduce_sum(tf.sin(each)) for each in outputs])
        found.append([*outputs, *tape.gradient(loss, [blocks, *layer.trainable_variables]), *layer.weights])
    assert len(found[0]) > 10
    for expected, merged in zip(*found, strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(merged, expected, rtol=0, atol=1e-4 * max(scale, 1e-3))


@pytest.mark.parametrize("activation", ["elu", "tanh"])
def test_any_activation_is_the_same(activation, rng):
    plain, merged = twins(rng, activation=activation)
    blocks = rng.normal(size=(2, 9, 9, 1)).astype("float32")
    np.testing.assert_allclose(merged(blocks)[0], plain(blocks)[0], atol=1e-4)


@pytest.mark.parametrize("form", [BalancedCNN, MergedCNN])
@pytest.mark.parametrize("attention", [False, True])
def test_a_single_feature_map_is_enough(attention, form, blocks):
    attention = {"spatial_attention": attention, "channel_attention": attention}
    exact = BalancedCNN(1, **attention)
    rounded = form(1, **attention, dtype="mixed_bfloat16")
    expected, _ = exact(blocks)
    rounded.build(blocks.shape)
    rounded.set_weights(exact.get_weights())
    np.testing.assert_allclose(rounded(blocks)[0], expected, atol=0.05)


def test_skip_stays_float32_in_mixed_precision(blocks):
    layer = MergedCNN(dtype="mixed_bfloat16")
    layer.build(blocks.shape)
    layer.last.kernel.assign(np.zeros(layer.last.kernel.shape))
    np.testing.assert_array_equal(layer(blocks)[0], blocks)


@pytest.mark.parametrize("preset", ["amp_net_cs25", "ampa_net_cs25"])
def test_a_trained_network_is_the_same(preset, blocks):
    merged = AMPNet.from_preset(preset)
    assert isinstance(merged.stages[0].cnn, MergedCNN)
    plain = PlainAMPNet.of(merged)
    assert type(plain.stages[0].cnn) is BalancedCNN
    np.testing.assert_allclose(merged(blocks), plain(blocks), atol=1e-4)


def test_gpus_compute_the_plain_layers(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["one"])
    assert type(forms.make_denoiser(channels=4)) is BalancedCNN


def test_gradient_of_the_chosen_blocks_is_that_of_slicing(rng):
    features = tf.constant(rng.normal(size=(7, 3, 3, 2)).astype("float32"))
    weight = tf.constant(rng.normal(size=features.shape).astype("float32"))
    found = []
    for both in (lambda x: with_every(x, 3), lambda x: (x, x[::3])):
        with tf.GradientTape() as tape:
            tape.watch(features)
            whole, chosen = both(features)
            loss = tf.reduce_sum(whole * weight) + tf.reduce_sum(chosen**3)
        found.append(tape.gradient(loss, features))
    np.testing.assert_allclose(*found, rtol=1e-6)
