import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.training.steps.optimizers import make_optimizer
from experiments.benchmark.networks.plain_network import PlainAMPNet
from tests import numpy_network
from tests.conftest import randomize

ALL_ATTENTION = {
    "initialization_attention": True,
    "spatial_attention": True,
    "channel_attention": True,
}


@pytest.mark.parametrize("attention", [{}, ALL_ATTENTION])
def test_network_equals_algorithms_2_and_3(attention, blocks, rng):
    model = AMPNet(cs_ratio=10, stages=3, **attention)
    for stage in model.stages:
        randomize(stage, rng, 0.1)
    expected, _ = numpy_network.network(blocks[:3], model)
    np.testing.assert_allclose(model(blocks[:3]), expected, rtol=1e-3, atol=1e-3)


def test_logged_losses_equal_eqs_4_to_6(blocks, rng):
    model = AMPNet(stages=2, channels=8, symmetry_fraction=0.5, symmetry_weight=0.3)
    for stage in model.stages:
        randomize(stage, rng, 0.1)
    model.compile()
    logs = model.test_on_batch(blocks[:7], return_dict=True)
    restored, residuals = numpy_network.network(blocks[:7], model)
    reconstruction = numpy_network.charbonnier(restored - blocks[:7])
    symmetry = sum(numpy_network.charbonnier(residual[::2]) for residual in residuals)
    error = np.mean((np.clip(restored, 0, 1) - blocks[:7]) ** 2)
    assert logs["reconstruction_loss"] == pytest.approx(reconstruction, rel=1e-3)
    assert logs["symmetry_loss"] == pytest.approx(symmetry, rel=1e-3)
    assert logs["loss"] == pytest.approx(reconstruction + 0.3 * symmetry, rel=1e-3)
    assert logs["psnr"] == pytest.approx(-10 * np.log10(error), rel=1e-3)


@pytest.mark.parametrize("attention", [{}, ALL_ATTENTION])
@pytest.mark.parametrize("normalization", ["affine", "batch"])
def test_gradients_reach_every_variable(attention, normalization, blocks, rng, tf):
    model = AMPNet(stages=2, normalization=normalization, symmetry_fraction=1, **attention)
    for stage in model.stages:
        randomize(stage, rng, 0.1)
    model.compile()
    with tf.GradientTape() as tape:
        loss, _ = model._rebuilt(tf.constant(blocks), training=True)
    gradients = tape.gradient(loss, model.trainable_variables)
    without = [
        variable.path
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
        if gradient is None or not np.any(np.asarray(gradient))
    ]
    assert without == []


def test_sense_and_reconstruct_make_up_the_call(blocks):
    model = AMPNet(stages=2)
    measurements = model.sense(blocks)
    assert measurements.shape == (len(blocks), 272)
    np.testing.assert_allclose(model.reconstruct(measurements), model(blocks), atol=1e-6)


def test_orthonormal_start_begins_from_the_adjoint():
    model = AMPNet(stages=1, cs_ratio=4)
    np.testing.assert_allclose(np.asarray(model.initialization.kernel), model.sensing.matrix, atol=1e-5)


def test_given_matrix_can_be_set_and_frozen(blocks, rng):
    model = AMPNet(stages=1, cs_ratio=1, trainable_sensing=False)
    matrix = rng.normal(size=(10, 1089)).astype("float32")
    model.set_sensing_matrix(matrix)
    pseudo_inverse = np.asarray(model.initialization.kernel).T
    np.testing.assert_allclose(matrix @ pseudo_inverse, np.eye(10), atol=1e-4)
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    model.fit(blocks, epochs=1, verbose=0)
    np.testing.assert_array_equal(model.sensing.matrix, matrix)


@pytest.mark.parametrize(("cs_ratio", "measurements"), PUBLISHED_MEASUREMENTS.items())
def test_measurements_are_the_authors(cs_ratio, measurements):
    assert AMPNet(cs_ratio=cs_ratio, stages=1, channels=8).sensing.matrix.shape == (measurements, 1089)


def test_every_field_survives_the_round_trip():
    fields = {
        "cs_ratio": 12.5,
        "stages": 2,
        "channels": 8,
        "block_size": 16,
        "activation": "elu",
        "normalization": "batch",
        "residual": "previous",
        "onsager": 0.2,
        "initialization_attention": True,
        "initialization_attention_units": 5,
        "spatial_attention": True,
        "channel_attention": True,
        "sensing_start": "gaussian",
        "trainable_sensing": False,
        "loss_penalty": "l2",
        "epsilon": 0.01,
        "symmetry_weight": 0.1,
        "symmetry_fraction": 1,
        "dtype": "mixed_bfloat16",
    }
    model = AMPNet(**fields)
    again = AMPNet.from_config(json.loads(json.dumps(model.get_config())))
    assert again.get_config() == model.get_config()
    assert {key: again.get_config()[key] for key in fields if key != "dtype"} == {
        key: value for key, value in fields.items() if key != "dtype"
    }
    shapes = [(v.path.split("/", 1)[1], v.shape) for v in model.variables]
    assert [(v.path.split("/", 1)[1], v.shape) for v in again.variables] == shapes


def test_fit_in_a_users_own_script(blocks, tmp_path, tf):
    model = AMPNet(cs_ratio=25, stages=2, channels=8)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    dataset = tf.data.Dataset.from_tensor_slices(blocks).batch(8)
    history = model.fit(
        dataset,
        validation_data=dataset,
        epochs=3,
        verbose=0,
        callbacks=[
            keras.callbacks.ModelCheckpoint(
                tmp_path / "best.weights.h5", monitor="val_psnr", mode="max", save_weights_only=True
            ),
            keras.callbacks.TensorBoard(tmp_path / "logs"),
            keras.callbacks.TerminateOnNaN(),
        ],
    ).history
    assert (tmp_path / "best.weights.h5").is_file()
    assert history["val_psnr"][-1] > history["val_psnr"][0]
    assert set(history) == {
        f"{prefix}{name}"
        for prefix in ("", "val_")
        for name in ("loss", "reconstruction_loss", "symmetry_loss", "psnr")
    }
    evaluated = model.evaluate(dataset, verbose=0, return_dict=True)
    assert evaluated["psnr"] == pytest.approx(history["val_psnr"][-1], abs=1e-3)


def test_mixed_bfloat16_trains_and_gives_float32(blocks):
    model = AMPNet(stages=2, channels=8, dtype="mixed_bfloat16")
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    history = model.fit(blocks, batch_size=8, epochs=6, verbose=0).history["psnr"]
    assert history[-1] > history[0] + 1
    assert keras.backend.standardize_dtype(model(blocks).dtype) == "float32"
    assert {v.dtype for v in model.trainable_variables} == {"float32"}


def test_mixed_float16_is_near_float32_and_trains(blocks):
    for attention in ({}, ALL_ATTENTION):
        model = AMPNet(stages=2, channels=8, **attention, dtype="mixed_float16")
        exact = AMPNet(stages=2, channels=8, **attention)
        exact.set_weights(model.get_weights())
        np.testing.assert_allclose(model(blocks[:4]), exact(blocks[:4]), atol=2e-3)
        model.compile(optimizer="adam")
        losses = model.fit(blocks, batch_size=8, epochs=2, verbose=0).history["loss"]
        assert losses[1] < losses[0]


@pytest.mark.parametrize(("kind", "expected"), [("CPU", False), ("GPU", True)])
def test_xla_is_the_default_on_a_gpu_and_can_be_asked_for(kind, expected, monkeypatch, tf):
    model = AMPNet(stages=1, channels=4)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda *_: [SimpleNamespace(device_type=kind)])
    for choice, found in (({}, expected), ({"jit_compile": True}, True), ({"jit_compile": False}, False)):
        model.compile(**choice)
        model.make_train_function()
        assert model.jit_compile is found


@pytest.mark.parametrize(
    ("form", "fields", "tolerance"),
    [
        (AMPNet, {"activation": "silu"}, 1e-5),
        (PlainAMPNet, {"activation": "silu"}, 1e-5),
        (AMPNet, {"normalization": "batch", **ALL_ATTENTION}, 1e-4),
    ],
)
def test_xla_takes_the_same_training_steps(form, fields, tolerance, blocks, tf):
    losses = []
    for compiled in (False, True):
        keras.utils.set_random_seed(7)
        model = form(cs_ratio=4, stages=2, channels=8, **fields)
        model.compile(optimizer=make_optimizer("muon", 1e-3, clip_norm=1.0), jit_compile=compiled)
        # The second batch is rebuilt by what the first has made of the weights.
        history = model.fit(blocks, batch_size=20, shuffle=False, verbose=0).history
        losses.append(history["loss"] + history["symmetry_loss"])
    assert losses[1] == pytest.approx(losses[0], rel=tolerance)


def test_several_steps_an_execution_are_the_same_steps(blocks):
    losses = []
    for steps in (1, 2):
        keras.utils.set_random_seed(7)
        model = AMPNet(cs_ratio=4, stages=1, channels=4)
        model.compile(optimizer=make_optimizer("muon", 1e-3, clip_norm=1.0), steps_per_execution=steps)
        losses.append(model.fit(blocks, batch_size=10, shuffle=False, verbose=0).history["loss"])
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)


def test_a_step_is_traced_once(blocks, tf):
    traces = []

    class Counted(AMPNet):
        def train_step(self, data):
            traces.append(data)
            return super().train_step(data)

    model = Counted(cs_ratio=4, stages=1, channels=4)
    model.compile("adam")
    model.fit(blocks[:8], batch_size=4, epochs=2, verbose=0)
    assert len(traces) == 1


@pytest.mark.parametrize("given", [{"loss": "mse"}, {"loss_weights": [1]}, {"weighted_metrics": ["mae"]}])
def test_a_loss_that_would_not_be_used_is_refused(given):
    with pytest.raises(ValueError, match="AMPNet has its own loss"):
        AMPNet(stages=1, channels=4).compile("adam", **given)


def test_metrics_of_ones_own_compare_the_rebuilt_blocks_with_the_blocks(blocks, tmp_path):
    model = AMPNet(stages=1, channels=4)
    model.compile("adam", metrics=["mae"])
    model.save(tmp_path / "model.keras")
    expected = np.mean(np.abs(model.predict(blocks, verbose=0) - blocks))
    for each in (model, keras.models.load_model(tmp_path / "model.keras")):
        logs = each.evaluate(blocks, verbose=0, return_dict=True)
        assert set(logs) == {"loss", "reconstruction_loss", "symmetry_loss", "psnr", "mae"}
        assert logs["mae"] == pytest.approx(expected, rel=1e-4)


def test_metrics_that_are_no_list_are_refused():
    with pytest.raises(ValueError, match="metrics are 'mae'; give a list"):
        AMPNet(stages=1, channels=4).compile("adam", metrics="mae")


def test_early_stopping_knows_that_more_psnr_is_better(blocks):
    model = AMPNet(stages=1, channels=4)
    # Without steps of any size nothing gets better.
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    stopping = keras.callbacks.EarlyStopping("val_psnr", min_delta=0.01, patience=1)
    history = model.fit(
        blocks[:8], validation_data=(blocks[:8],), epochs=5, callbacks=[stopping], verbose=0
    ).history
    assert len(history["val_psnr"]) == 2
    model.compile(optimizer=keras.optimizers.Adam(3e-4))
    history = model.fit(
        blocks[:8], validation_data=(blocks[:8],), epochs=5, callbacks=[stopping], verbose=0
    ).history
    assert len(history["val_psnr"]) == 5


@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize("more", [{"y": 1}, {"y": 1, "sample_weight": 1}])
def test_targets_and_weights_that_would_not_be_used_are_refused(method, more, blocks):
    model = AMPNet(stages=1, channels=4)
    model.compile()
    given = {"y": blocks[:4], "sample_weight": np.ones(4)}
    with pytest.raises(ValueError, match="leave out y and the sample weights"):
        getattr(model, method)(blocks[:4], **{name: given[name] for name in more}, verbose=0)


def test_what_is_evaluated_does_not_depend_on_the_batches(blocks):
    model = AMPNet(stages=1, channels=4, symmetry_fraction=1)
    model.compile()
    uneven = np.concatenate([blocks[:8], np.zeros_like(blocks[:1])])
    whole, split = (model.evaluate(uneven, batch_size=size, verbose=0, return_dict=True) for size in (9, 8))
    assert split == pytest.approx(whole, rel=1e-5)


def test_overfits_eight_blocks(blocks, tf):
    model = AMPNet(cs_ratio=10, stages=2, channels=8, symmetry_weight=0.0)
    model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 300)))
    dataset = tf.data.Dataset.from_tensors(blocks[:8]).repeat()
    model.fit(dataset, steps_per_epoch=300, epochs=1, verbose=0)
    assert model.evaluate(blocks[:8], verbose=0, return_dict=True)["psnr"] > 45


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_blocks_with_nan_stop_keras_own_loops(method, compiled, blocks, tf):
    model = AMPNet(stages=1, channels=4)
    model.compile(jit_compile=compiled)
    before = model.get_weights()
    with pytest.raises(tf.errors.InvalidArgumentError, match="The blocks hold NaN or infinity"):
        getattr(model, method)(np.full_like(blocks[:2], np.nan), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_blocks_from_0_to_255_stop_keras_own_loops(method, blocks, tf):
    model = AMPNet(stages=1, channels=4)
    model.compile()
    before = model.get_weights()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"The blocks must be in \[0, 1\], so divide"):
        getattr(model, method)(tf.data.Dataset.from_tensors(255 * blocks[:2]), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_blocks_from_0_to_255_are_told_of_and_an_overshoot_is_not(blocks):
    model = AMPNet(stages=1, channels=4)
    for function in (model, model.sense, model.optimized()):
        with pytest.raises(ValueError, match=r"reach from .* to 2\d\d.*; they must be in \[0, 1\]"):
            function(255 * blocks[:2])
        function(1.5 * blocks[:2] - 0.4)


def test_mixed_precision_leaves_sensing_and_onsager_term_in_float32(blocks, rng):
    model = AMPNet(stages=3, channels=4, dtype="mixed_bfloat16")
    for stage in model.stages:
        # With the CNN's last kernel at zero what is left of the network is linear, and all float32.
        stage.cnn.last.kernel.assign(np.zeros(stage.cnn.last.kernel.shape))
    randomize(model.sensing, rng, 0.03)
    exact, _ = numpy_network.network(blocks[:4], model)
    restored, _ = model._reconstruct(model.sensing(blocks[:4]), training=True)
    np.testing.assert_allclose(restored, exact, rtol=1e-5, atol=1e-5)
    model.compile()
    np.testing.assert_allclose(model.predict(blocks[:4], verbose=0), exact, rtol=1e-5, atol=1e-5)


def test_a_whole_keras_file_is_loaded_again(blocks, tmp_path):
    model = AMPNet(stages=1, channels=4)
    model.compile()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(blocks[:2]), model(blocks[:2]), atol=1e-6)


@pytest.mark.parametrize("name", ["model.h5", "model.hdf5"])
def test_a_file_that_keras_could_not_load_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=rf"cannot load this model from .*{name}; save it as \.keras"):
        AMPNet(stages=1, channels=4).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_quantisation_that_would_change_nothing_is_refused(mode):
    with pytest.raises(ValueError, match=f"cannot quantise this model to '{mode}'"):
        AMPNet(stages=1, channels=4).quantize(mode)


def test_a_loaded_model_goes_on_where_it_was(blocks, tmp_path):
    model = AMPNet(stages=1, channels=4)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    model.fit(blocks, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for each in (model, loaded):
        each.fit(blocks, shuffle=False, verbose=0)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_what_is_frozen_stays_frozen(tmp_path):
    model = AMPNet(stages=1, channels=4)
    model.sensing.trainable = False
    model.save(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    again = [
        keras.models.load_model(tmp_path / "model.keras"),
        keras.models.clone_model(model),
        AMPNet.from_preset(tmp_path / "preset"),
    ]
    assert [each.sensing.trainable for each in again] == [False] * 3
    assert [each.initialization.trainable for each in again] == [True] * 3


def test_a_model_that_is_frozen_as_a_whole_can_be_thawed(tmp_path):
    model = AMPNet(stages=1, channels=4)
    model.trainable = False
    model.save_to_preset(tmp_path / "preset")
    loaded = AMPNet.from_config(model.get_config())
    assert loaded.trainable_weights == []
    loaded.trainable = True
    assert len(loaded.trainable_weights) == len(AMPNet.from_preset(tmp_path / "preset").trainable_weights)


def test_a_matrix_that_is_not_learned_stays_so_when_all_is_thawed(blocks):
    model = AMPNet(stages=1, channels=4, trainable_sensing=False)
    matrix = model.sensing.matrix
    model.trainable = False
    model.trainable = True
    model.compile(optimizer=keras.optimizers.SGD(1.0))
    model.fit(blocks[:4], verbose=0)
    np.testing.assert_array_equal(model.sensing.matrix, matrix)
    assert not model.get_config()["trainable_sensing"]
    learned = AMPNet(stages=1, channels=4)
    learned.trainable = False
    learned.trainable = True
    assert learned.sensing.trainable


@pytest.mark.parametrize("shape", [(1, 33, 33, 3), (1, 1, 33, 33), (2, 66, 66, 1)])
def test_blocks_of_a_shape_that_shows_only_when_it_runs_are_refused(shape, tf):
    model = AMPNet(stages=1, channels=4)
    model.compile()
    anything = tf.TensorSpec((None, None, None, None))
    batches = tf.data.Dataset.from_generator(lambda: [np.zeros(shape, "float32")], output_signature=anything)
    for method in (model.fit, model.evaluate):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible with expected shape"):
            method(batches, verbose=0)


def test_numbers_of_numpy_are_kept_as_pythons(tmp_path):
    model = AMPNet(cs_ratio=np.int64(10), stages=1, channels=4)
    model.save_to_preset(tmp_path / "preset", {"psnr": np.float32(30)})
    assert AMPNet.from_preset(tmp_path / "preset").measurements == 109


def test_reconstruction_counts_a_gain_out(rng):
    """With the CNNs silent what is left is linear: X(0), refined by the residual."""
    model = AMPNet(stages=1, channels=4, sensing_gain=8.0)
    model.stages[0].cnn.last.kernel.assign(np.zeros(model.stages[0].cnn.last.kernel.shape))
    blocks = rng.random((2, 33, 33, 1), "float32")
    np.testing.assert_allclose(model.reconstruct(model.sense(blocks)), model(blocks), atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cs_ratio": 0}, r"CS ratio is 0 %.*above 0 and at most 100"),
        ({"cs_ratio": 101}, "CS ratio is 101 %"),
        ({"cs_ratio": float("nan")}, "cs_ratio is nan; it must be a finite number"),
        ({"cs_ratio": "10"}, "cs_ratio is '10'"),
        ({"stages": 0}, "stages is 0"),
        ({"channels": 0}, "channels is 0"),
        ({"block_size": -33}, "block_size is -33"),
        ({"initialization_attention_units": 0}, "initialization_attention_units is 0"),
        ({"stages": 2.0}, "stages is 2.0; it must be a whole number"),
        ({"epsilon": 0}, "epsilon is 0; it must be above 0"),
        ({"sensing_gain": 0.0}, "sensing_gain is 0.0; it must be above 0"),
        ({"onsager": float("inf")}, "onsager is inf"),
        ({"symmetry_weight": -1}, "symmetry_weight is -1"),
        ({"symmetry_fraction": 0.4}, "1, 1/2, 1/3"),
        ({"dtype": "float64"}, "dtype is 'float64'"),
        ({"symmetry_fraction": 1.5}, "symmetry fraction is 1.5"),
        ({"residual": "next"}, "not 'next'"),
        ({"loss_penalty": "huber"}, "not 'huber'"),
    ],
)
def test_a_field_out_of_range_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        AMPNet(**fields)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 32, 33, 1), "float32"), r"\(2, 32, 33, 1\).*\(batch, 33, 33, 1\)"),
        (np.zeros((33, 33), "float32"), r"\(33, 33\)"),
        (np.zeros((2, 33, 33, 1), "uint8"), "uint8; they must be floating-point"),
        (np.full((2, 33, 33, 1), np.nan, "float32"), "NaN or infinity"),
        (np.zeros((0, 33, 33, 1), "float32"), "There are no blocks"),
    ],
)
def test_blocks_that_are_none_are_refused(values, message):
    model = AMPNet(stages=1, channels=4)
    with pytest.raises(ValueError, match=message):
        model.sense(values)


def test_blocks_of_another_size_are_refused_by_fit():
    model = AMPNet(stages=1, channels=4)
    model.compile()
    with pytest.raises(ValueError, match="this model needs"):
        model.fit(np.zeros((2, 32, 33, 1), "float32"), verbose=0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 271), "float32"), r"\(2, 271\).*\(batch, 272\)"),
        (np.full((2, 272), np.inf, "float32"), "NaN or infinity"),
        (np.zeros((0, 272), "float32"), "There are no measurements"),
    ],
)
def test_measurements_that_do_not_fit_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        AMPNet(stages=1, channels=4).reconstruct(values)
