import keras
import numpy as np
import pytest

from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.learning.counts import standard_counts
from tests.conftest import randomize

SMALL = {"stages": 1, "channels": 8, "blocks": 1, "measurements": 40, "block_size": 9}
COUNTS = [1, 3, 8, 20, 24, 32]
"""m of 1 to 40 %; 50 % is more than `SMALL` takes."""


@pytest.fixture
def images(blocks):
    return blocks[:12, :27, :18]


@pytest.fixture
def network(rng):
    model = randomize(AnyRatioAMPNet(**SMALL), rng, 0.05)
    model.compile(keras.optimizers.Adam(1e-2))
    return model


@pytest.mark.parametrize(
    ("most", "size", "expected"), [(545, 33, [10, 43, 109, 272, 327, 436, 545]), (5, 33, [5])]
)
def test_evaluation_takes_the_papers_ratios_as_far_as_there_are_rows(most, size, expected):
    assert standard_counts(most, size) == expected


def test_evaluation_is_of_every_image_at_every_standard_count(network, images):
    assert network.standard_counts() == COUNTS
    errors, psnrs, absolute = [], [], []
    for count in COUNTS:
        restored = np.asarray(network.reconstruct(network.sense(images, count)))
        errors.append(np.mean((restored - images) ** 2, axis=(1, 2, 3)))
        psnrs.append(-10 * np.log10(np.mean((np.clip(restored, 0, 1) - images) ** 2, axis=(1, 2, 3))))
        absolute.append(np.abs(restored - images))
    network.compile("adam", metrics=["mae"])
    for batch in (12, 5):
        logs = network.evaluate(images, batch_size=batch, verbose=0, return_dict=True)
        assert set(logs) == {"loss", "psnr", "mae"}
        assert logs["loss"] == pytest.approx(np.mean(np.log(np.add(errors, 1e-5))), rel=1e-4)
        assert logs["psnr"] == pytest.approx(np.mean(psnrs), rel=1e-4)
        assert logs["mae"] == pytest.approx(np.mean(absolute), rel=1e-4)


def test_every_image_of_every_step_has_an_m_of_its_own(images):
    network = AnyRatioAMPNet(**SMALL)
    first, second = (np.asarray(network.drawn_counts(4000)) for _ in range(2))
    assert np.mean(first != second) > 0.9
    assert (first.min(), first.max()) == (1, 40)
    # Half of them are uniform, with a median of 20.5, half so in the logarithm, with one of 6.3.
    assert 0.58 < np.mean(first < 20.5) < 0.7
    assert 0.2 < np.mean(first < 6.3) < 0.45
    seen = []
    rebuilt = network._rebuilt
    network._rebuilt = lambda images, counts: seen.append(np.asarray(counts)) or rebuilt(images, counts)
    for _ in range(2):
        assert network(images, training=True).shape == images.shape
    assert [len(counts) for counts in seen] == [12, 12]
    assert len(set(seen[0])) > 4
    assert not np.array_equal(*seen)


def test_the_same_seed_draws_the_same():
    draws = []
    for seed in (7, 7, 8):
        keras.utils.set_random_seed(seed)
        draws.append(np.asarray(AnyRatioAMPNet(**SMALL).drawn_counts(20)))
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.any(draws[0] != draws[2])


@pytest.mark.parametrize("binary", [False, True])
def test_training_lowers_the_loss_and_learns_phi(binary, images):
    network = AnyRatioAMPNet(**{**SMALL, "stages": 2}, binary=binary)
    before = network.sensing.matrix
    network.compile(keras.optimizers.Adam(1e-2))
    history = network.fit(images, batch_size=4, epochs=10, verbose=0).history
    assert np.mean(history["loss"][-2:]) < np.mean(history["loss"][:2]) - 1
    assert np.mean(history["psnr"][-2:]) > np.mean(history["psnr"][:2]) + 3
    assert np.any(network.sensing.matrix != before)


def test_early_stopping_knows_that_more_psnr_is_better(network, images):
    # A step at a time is the quicker for so few, but for JAX.
    eagerly = keras.backend.backend() != "jax"
    network.compile(keras.optimizers.SGD(0.0), run_eagerly=eagerly)
    stopping = keras.callbacks.EarlyStopping("val_psnr", min_delta=0.01, patience=1)
    more = {"validation_data": (images[:4],), "epochs": 4, "callbacks": [stopping], "verbose": 0}
    assert len(network.fit(images[:4], **more).history["val_psnr"]) == 2
    network.compile(keras.optimizers.Adam(1e-3), run_eagerly=eagerly)
    assert len(network.fit(images[:4], **more).history["val_psnr"]) == 4


@pytest.mark.parametrize(("method", "compiled"), [("fit", True), ("fit", False), ("evaluate", True)])
@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda x: 255 * x, r"The images must be in \[0, 1\]"), (lambda x: x * np.nan, "The images hold NaN")],
)
def test_images_that_are_none_stop_keras_own_loops(change, message, method, compiled, network, images, tf):
    network.compile(jit_compile=compiled)
    before = network.get_weights()
    dataset = tf.data.Dataset.from_tensors(change(images[:2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        getattr(network, method)(dataset, verbose=0)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        (np.zeros((2, 18, 18, 1), "uint8"), {}, "uint8; they must be floating-point"),
        (np.zeros((2, 18, 17, 1), "float32"), {}, "18×17 pixels, which are no whole blocks of 9×9"),
        (np.zeros((2, 18, 18, 3), "float32"), {}, r"18, 18, 3\).*needs \(batch, any, any, 1\)"),
        (np.zeros((2, 18, 18, 1), "float32"), {"y": np.zeros(2)}, "with images alone.*leave out y"),
    ],
)
def test_batches_that_would_not_do_are_refused(method, values, more, message, network):
    with pytest.raises(ValueError, match=message):
        getattr(network, method)(values, **more, verbose=0)


def test_a_loss_of_another_kind_and_prediction_without_m_are_refused(network, images):
    with pytest.raises(ValueError, match=r"AnyRatioAMPNet has its own loss, the mean of log\(MSE"):
        network.compile("adam", loss="mse")
    with pytest.raises(ValueError, match=r"for all CS ratios; .*network\.at\(cs_ratio\)"):
        network.predict(images)


def test_a_compiled_network_is_saved_and_goes_on(network, images, tmp_path):
    network.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    network.fit(images, verbose=0)
    network.save(tmp_path / "model.keras")
    network.save_to_preset(tmp_path / "preset")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    logs = [each.evaluate(images, verbose=0, return_dict=True) for each in (network, loaded)]
    assert logs[1] == pytest.approx(logs[0], rel=1e-5)
    assert int(loaded.optimizer.iterations) == int(network.optimizer.iterations) > 0
    loaded.fit(images, verbose=0)
    # Where the draws stand is in no file of weights.
    weights = tmp_path / "network.weights.h5"
    network.save_weights(weights)
    AnyRatioAMPNet(**SMALL).load_weights(weights)
    assert AnyRatioAMPNet.from_preset(tmp_path / "preset").count_params() == network.count_params()


def test_xla_evaluates_the_same_and_trains(images, tf):
    network = AnyRatioAMPNet(**SMALL)
    before = network.get_weights()
    logs = []
    for compiled in (False, True):
        network.compile(keras.optimizers.SGD(1e-2), jit_compile=compiled, run_eagerly=not compiled)
        logs.append(network.test_on_batch(images[:4], return_dict=True))
    assert logs[1] == pytest.approx(logs[0], rel=1e-4)
    losses = [network.train_on_batch(images[:4], return_dict=True)["loss"] for _ in range(3)]
    # The weights hardly move; it is m that is another.
    assert len(set(losses)) == 3
    assert any(np.any(old != new) for old, new in zip(before, network.get_weights(), strict=True))
