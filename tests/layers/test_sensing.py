import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amp_net.layers import Sensing


def built(measurements, block_size, **kwargs):
    layer = Sensing(measurements, block_size, **kwargs)
    layer.build()
    return layer


@settings(max_examples=25, deadline=None)
@given(st.sampled_from((1, 3, 12)), st.sampled_from((1, 8, 30)), st.integers(0, 99))
def test_adjoint_is_the_adjoint(block_size, measurements, seed):
    rng = np.random.default_rng(seed)
    layer = built(measurements, block_size, initializer="gaussian")
    x = rng.normal(size=(3, block_size, block_size, 1)).astype("float32")
    z = rng.normal(size=(3, measurements)).astype("float32")
    left, right = np.sum(layer(x) * z), np.sum(x * layer.adjoint(z))
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5)


def test_measures_the_flattened_block_with_the_rows_of_the_matrix(rng):
    layer, matrix = built(5, 4), rng.normal(size=(5, 16)).astype("float32")
    layer.set_matrix(matrix)
    blocks = rng.normal(size=(2, 4, 4, 1)).astype("float32")
    expected = [[row @ block.ravel() for row in matrix] for block in blocks]
    np.testing.assert_allclose(layer(blocks), expected, rtol=1e-5)
    np.testing.assert_array_equal(layer.matrix, matrix)


def test_orthonormal_start_has_orthonormal_rows():
    matrix = built(20, 6).matrix
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(20), atol=1e-5)


def test_gaussian_start_is_the_papers():
    matrix = built(200, 33, initializer="gaussian").matrix
    assert abs(matrix.mean()) < 1e-4
    assert matrix.std() == pytest.approx(0.01, rel=0.02)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((4, 16)), r"shape \(4, 16\).*\(5, 16\)"),
        (np.full((5, 16), np.nan), "not finite"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(matrix, message):
    layer = built(5, 4)
    before = layer.matrix
    with pytest.raises(ValueError, match=message):
        layer.set_matrix(matrix)
    np.testing.assert_array_equal(layer.matrix, before)


def test_a_layer_leaves_the_settings_of_the_process_as_they_are(tf):
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    for setting in (True, False):
        tf.config.experimental.enable_tensor_float_32_execution(setting)
        Sensing(4, 5)
        assert tf.config.experimental.tensor_float_32_execution_enabled() is setting
    tf.config.experimental.enable_tensor_float_32_execution(before)


def test_unknown_start_is_refused():
    with pytest.raises(ValueError, match="orthonormal or gaussian, not 'magic'"):
        Sensing(5, initializer="magic")
