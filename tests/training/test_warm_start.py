import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.measurements.given_matrix import fields_for
from amp_net.training.warm_start import warm_start
from tests.conftest import randomize

ATTENTION = dict.fromkeys(("initialization_attention", "spatial_attention", "channel_attention"), True)


@pytest.fixture
def many(rng):
    return rng.uniform(0, 255, (60, 9, 9, 1)).astype("uint8")


def make(rng, **fields):
    model = AMPNet(**{"cs_ratio": 25, "stages": 2, "channels": 4, "block_size": 9, **fields})
    for stage in model.stages:
        randomize(stage, rng, 0.2)
    return model


def test_attention_starts_as_if_it_were_not_there(rng, many):
    source, model = make(rng), make(rng, **ATTENTION)
    warm_start(model, source, many)
    inputs = many[:8].astype("float32") / 255
    np.testing.assert_allclose(model(inputs), source(inputs), atol=1e-4)


def test_attention_of_another_kind_leaves_the_estimate_as_bright(rng, many):
    source = make(rng, initialization_attention=True)
    model = make(rng, initialization_attention=True, initialization_attention_units=6)
    warm_start(model, source, many)
    y = rng.normal(size=(3, model.measurements)).astype("float32")
    linear = y @ np.asarray(source.initialization.kernel) / 81
    np.testing.assert_allclose(np.reshape(model.initialization(y), (3, 81)), linear, atol=1e-5)


def test_the_same_network_is_taken_over_whole(rng, many):
    source, model = make(rng, **ATTENTION), make(rng, **ATTENTION)
    warm_start(model, source, many)
    for found, expected in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_fewer_measurements_are_the_first_rows(rng, many):
    source, model = make(rng), make(rng, cs_ratio=10)
    warm_start(model, source, many)
    np.testing.assert_array_equal(model.sensing.matrix, source.sensing.matrix[:8])


def test_more_measurements_add_the_strongest_components_of_what_is_left(rng, many):
    source, model = make(rng), make(rng, cs_ratio=50)
    warm_start(model, source, many)
    rows = model.sensing.matrix
    np.testing.assert_array_equal(rows[:20], source.sensing.matrix)
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-5)
    flat = many.reshape(60, -1).astype("float64")
    left = flat - flat @ rows[:20].T @ rows[:20]
    explained = np.linalg.norm(left @ rows[20:].T) ** 2
    best = np.linalg.svd(left, compute_uv=False)[: len(rows) - 20]
    assert explained == pytest.approx((best**2).sum(), rel=1e-4)


def test_stages_take_over_the_one_as_deep(rng, many):
    source, model = make(rng), make(rng, stages=4)
    warm_start(model, source, many)
    for k, stage in enumerate(model.stages):
        expected = source.stages[k // 2].cnn.transform.get_weights()
        np.testing.assert_array_equal(stage.cnn.transform.get_weights()[0], expected[0])
    assert float(model.stages[0].onsager) == pytest.approx(float(source.stages[0].onsager))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 8}, "channels 8 cannot start from one with channels 4"),
        ({}, "without initialization_att"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(fields, message, rng, many):
    with pytest.raises(ValueError, match=message):
        warm_start(make(rng, **fields), make(rng, **(ATTENTION if not fields else {})), many)


def test_a_given_matrix_keeps_the_scale_of_the_first_estimate(rng, many):
    """Whatever its gain and with attention, X(0) is the linear reconstruction of the blocks."""
    patterns = rng.integers(0, 2, (20, 81)).astype("float32")
    fields = fields_for(patterns)
    model = make(rng, **{**fields, **ATTENTION})
    warm_start(model, make(rng), many, patterns)
    np.testing.assert_array_equal(model.sensing.matrix, patterns)
    inputs = many[:8].astype("float32") / 255
    linear = inputs.reshape(8, -1) @ patterns.T @ np.linalg.pinv(patterns).T
    estimate = model.initialization(model.sensing(inputs))
    np.testing.assert_allclose(np.reshape(estimate, (8, -1)), linear, atol=1e-3)


def test_a_source_with_a_gain_gives_the_same_function(rng, many):
    patterns = rng.integers(0, 2, (20, 81)).astype("float32")
    source, model = make(rng, **fields_for(patterns)), make(rng)
    source.set_sensing_matrix(patterns)
    warm_start(model, source, many)
    inputs = many[:8].astype("float32") / 255
    np.testing.assert_allclose(model(inputs), source(inputs), atol=1e-4)
