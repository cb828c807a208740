import numpy as np
import pytest
import scipy.linalg
from keras import ops

from amp_net.operators import Dense, Hadamard, Separable, orthonormal
from amp_net.operators.orders import ORDERS, changes, order


def operators(rng):
    return {
        "dense": Dense(rng.normal(size=(20, 48)).astype("float32"), (8, 6)),
        "separable": Separable(*(rng.normal(size=(3, side)).astype("float32") for side in (8, 6))),
        "hadamard": Hadamard((4, 8), order("sequency", (4, 8))[:11]),
    }


@pytest.fixture(params=["dense", "separable", "hadamard"])
def operator(request, rng):
    return operators(rng)[request.param]


def test_measures_each_block_by_the_matrix(operator, rng):
    height, width = operator.block_shape
    images = rng.uniform(size=(2, 2 * height, 3 * width, 1)).astype("float32")
    y = ops.convert_to_numpy(operator.measure(images))
    assert y.shape == (2, 2, 3, operator.measurements)
    block = images[1, height:, 2 * width :, 0]
    np.testing.assert_allclose(y[1, 1, 2], operator.matrix @ block.ravel(), rtol=1e-4, atol=1e-4)


def test_the_adjoint_is_the_transpose(operator, rng):
    height, width = operator.block_shape
    x = rng.normal(size=(2, 2 * height, 3 * width, 1)).astype("float32")
    z = rng.normal(size=(2, 2, 3, operator.measurements)).astype("float32")
    measured, back = (ops.convert_to_numpy(of) for of in (operator.measure(x), operator.adjoint(z)))
    np.testing.assert_allclose(np.sum(measured * z), np.sum(x * back), rtol=1e-4)


def test_orthonormal_rows_span_the_same_and_y_follows(operator, rng):
    orthogonal, whiten = orthonormal(operator)
    matrix = orthogonal.matrix
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-5)
    x = rng.uniform(size=(1, *operator.block_shape, 1)).astype("float32")
    expected = ops.convert_to_numpy(orthogonal.measure(x))
    np.testing.assert_allclose(ops.convert_to_numpy(whiten(operator.measure(x))), expected, atol=1e-4)


def test_noise_grows_by_the_gain(rng):
    operator = Dense((rng.normal(size=(20, 48)) * rng.uniform(1, 9, (20, 1))).astype("float32"), (8, 6))
    _, whiten = orthonormal(operator)
    noise = ops.convert_to_numpy(whiten(rng.normal(size=(4000, 20)).astype("float32")))
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(whiten.gain, rel=0.03)


def test_dependent_rows_are_taken_once(rng):
    rows = rng.normal(size=(5, 16)).astype("float32")
    orthogonal, whiten = orthonormal(Dense(np.concatenate([rows, rows[:2]]), (4, 4)))
    assert orthogonal.measurements == 5
    assert whiten(np.ones((1, 7), "float32")).shape == (1, 5)


def test_orthogonal_rows_stay_as_they_are():
    rows = scipy.linalg.hadamard(16).astype("float32")[[3, 0, 5]]
    orthogonal, whiten = orthonormal(Dense(rows, (4, 4)))
    np.testing.assert_array_equal(orthogonal.matrix, rows / 4)
    np.testing.assert_allclose(whiten.scale, 1 / 4)


def test_a_matrix_of_zeros_is_refused():
    with pytest.raises(ValueError, match="all zeros"):
        orthonormal(Dense(np.zeros((2, 4), "float32"), (2, 2)))


@pytest.mark.parametrize("side", [1, 2, 4, 8, 64])
def test_changes_of_sign_are_those_of_the_rows(side):
    rows = scipy.linalg.hadamard(side)
    np.testing.assert_array_equal(changes(side), np.sum(np.diff(rows, axis=1) != 0, axis=1))


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_begins_with_white_and_takes_each_row_once(name):
    found = order(name, (4, 8))
    assert found[0] == 0
    assert sorted(found) == list(range(32))


def pieces(pattern):
    from scipy.ndimage import label

    return label(pattern > 0)[1] + label(pattern < 0)[1]


def test_cake_cutting_counts_pieces():
    patterns = scipy.linalg.hadamard(64)[order("cake_cutting", (8, 8))].reshape(-1, 8, 8)
    counts = [pieces(pattern) for pattern in patterns]
    assert counts == sorted(counts)


def test_walsh_counts_changes_along_the_line():
    rows = scipy.linalg.hadamard(32)[order("walsh", (4, 8))]
    np.testing.assert_array_equal(np.sum(np.diff(rows, axis=1) != 0, axis=1), np.arange(32))


def test_zig_zag_steps_to_a_neighbour():
    down, along = np.divmod(order("zig_zag", (8, 8)), 8)
    steps = np.abs(np.diff(changes(8)[down])) + np.abs(np.diff(changes(8)[along]))
    assert steps.max() == 2
    assert set(np.abs(np.diff(changes(8)[down] + changes(8)[along]))) == {0, 1}


@pytest.mark.parametrize(
    ("shape", "rows"), [((6, 8), [0]), ((4, 4), [16]), ((4, 4), [1, 1]), ((4, 4), [0.5]), ((4, 4), [])]
)
def test_what_is_no_hadamard_frame_is_refused(shape, rows):
    with pytest.raises(ValueError, match="Hadamard"):
        Hadamard(shape, rows)


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="'spiral'"):
        order("spiral", (4, 4))
