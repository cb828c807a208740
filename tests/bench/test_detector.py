import re

import numpy as np
import pytest

from amp_net.batch import solvers
from amp_net.bench import Acquisition, detector, known_patterns

FRAME = (4, 8)


@pytest.fixture
def hadamard():
    return known_patterns.find("hadamard", frame=FRAME, order="zig_zag")


@pytest.fixture
def scene(rng):
    return rng.random(FRAME).astype("float32")


def measured(acquisition, scene):
    return np.asarray(acquisition.operator.measure(scene[None, ..., None]))[0, 0, 0]


@pytest.mark.parametrize(
    "shape",
    [
        lambda y: y,
        lambda y: y[None],
        lambda y: y[:, None],
        lambda y: y[None, None],
        lambda y: y.astype(">f8"),
    ],
)
def test_one_frame_in_any_shape(shape, hadamard, scene):
    found = detector.measured(shape(measured(hadamard, scene)), hadamard)
    assert found.y.shape == (1, 1, 1, 32)
    np.testing.assert_allclose(solvers.solver("pinv", hadamard.operator)(found.y, 0)[0], scene, atol=1e-5)


def test_frames_stand_in_rows_or_columns_and_blocks_in_a_grid(hadamard, rng):
    several = np.stack([measured(hadamard, rng.random(FRAME)) for _ in range(6)])
    for array, grid, shape in [
        (several, None, (6, 1, 1)),
        (several.T, None, (6, 1, 1)),
        (several, (2, 3), (1, 2, 3)),
        (several, (1, 2), (3, 1, 2)),
        (several.reshape(2, 3, -1), None, (1, 2, 3)),
        (several.reshape(3, 2, -1), (1, 2), (3, 1, 2)),
        (several.reshape(1, 3, 2, -1), None, (1, 3, 2)),
    ]:
        raw, _, _ = detector.arranged(array, hadamard, grid)
        assert raw.shape == (*shape, 32)
        np.testing.assert_allclose(raw.reshape(6, 32), several)
    for array, grid in [(several, (2, 2)), (several.reshape(2, 3, -1), (4, 1))]:
        with pytest.raises(ValueError, match=r"is not of \d × \d blocks"):
            detector.arranged(array, hadamard, grid)


@pytest.mark.parametrize(
    ("count", "split", "guess"),
    [
        (64, "none", "64 numbers for 32 rows of Φ; are they ± pairs? --split=interleaved"),
        (33, "none", "is the first the white reference? --split=white"),
        (32, "interleaved", "differences already"),
        (96, "none", "are they 3 frames or blocks"),
        (20, "none", "--measurements=20"),
        (40, "halves", "--measurements=20"),
        (57, "none", "give it in the shape (32,)"),
    ],
)
def test_a_number_of_measurements_that_does_not_fit_is_guessed_at(count, split, guess):
    acquisition = known_patterns.find("hadamard", frame=FRAME, order="natural", measurements=32, split=split)
    with pytest.raises(ValueError, match=re.escape(guess)):
        detector.measured(np.ones(count), acquisition)


def test_hadamard_patterns_are_as_many_as_there_are_numbers(hadamard, scene):
    found = detector.measured(measured(hadamard, scene)[:20], hadamard)
    assert found.acquisition.measurements == 20
    pairs = known_patterns.find("hadamard", frame=FRAME, order="zig_zag", split="interleaved")
    assert detector.measured(np.arange(40.0), pairs, scale=99).acquisition.measurements == 20


def test_missing_rows_are_left_out_and_said(hadamard, scene):
    y = measured(hadamard, scene).copy()
    y[[3, 9]] = np.nan, np.inf
    found = detector.measured(y, hadamard)
    assert "2 of 32 rows are missing or not finite and left out: 3, 9" in found.remarks
    np.testing.assert_array_equal(found.acquisition.rows, np.delete(hadamard.rows, [3, 9]))
    np.testing.assert_allclose(found.y[0, 0, 0], np.delete(y, [3, 9]))
    dense = known_patterns.find("random_01", frame=FRAME, measurements=20)
    some = measured(dense, scene).copy()
    some[4] = np.nan
    np.testing.assert_array_equal(
        detector.measured(some, dense).acquisition.matrix, np.delete(dense.matrix, 4, axis=0)
    )
    with pytest.raises(ValueError, match="2 of the 32 measurements are missing"):
        detector.measured(y, hadamard, must_be_whole=True)
    with pytest.raises(ValueError, match="no finite number"):
        detector.measured(np.full(32, np.nan), hadamard)


@pytest.mark.parametrize("phi", ["hadamard", "hadamard without white", "random_01", "random_pm1"])
def test_the_gain_is_estimated_and_told(phi, rng):
    smooth = np.outer(np.linspace(0.2, 1, 16), np.linspace(0.3, 1, 16)).astype("float32")
    acquisition = known_patterns.find(
        phi.split()[0],
        frame=(16, 16),
        order="sequency" if phi.startswith("hadamard") else None,
        measurements=None if phi.startswith("hadamard") else 250,
    )
    if "without" in phi:
        acquisition = acquisition.kept(np.arange(1, 256))
    y = 700 * measured(acquisition, smooth)
    found = detector.measured(y, acquisition)
    assert found.estimated
    assert "gain is estimated" in found.remarks[-1]
    white = smooth.max() - (smooth.min() if "without" in phi else 0)
    assert 0.8 < found.gain / (700 * white) < 1.15
    # With a scale, and where y is of pixels in [0, 1] as it is, nothing is estimated.
    assert detector.measured(y, acquisition, scale=700).gain == 700
    if "without" not in phi:
        assert detector.measured(y / 700, acquisition).gain == 1


def test_what_cannot_be_is_refused(hadamard, scene):
    y = measured(hadamard, scene)
    for arguments, message in [
        ({"scale": 0}, "scale of the measurements is 0"),
        ({"scale": 0.001}, "do not come from this sensing matrix"),
        ({"dark": np.nan}, "dark counts"),
    ]:
        with pytest.raises(ValueError, match=message):
            detector.measured(y, hadamard, **arguments)
    with pytest.raises(ValueError, match="light is above 0"):
        detector.measured(-100 * y, hadamard)
    with pytest.raises(ValueError, match="no measurements"):
        detector.measured(np.zeros((0, 32)), hadamard)
    with pytest.raises(ValueError, match="too large"):
        detector.measured(1e35 * y, hadamard)
    counts = known_patterns.find("hadamard", frame=FRAME, order="zig_zag")
    assert "if they are ± pairs" in detector.measured(np.abs(y) + 1, counts, scale=2).remarks[0]


def test_readings_without_light_are_averaged(rng):
    acquisition = Acquisition("file", (2, 2), matrix=np.eye(4, dtype="float32"))
    y = detector.measured(np.array([60, 70, 80, 90.0]), acquisition, dark=[9, 11.0], scale=100).y
    np.testing.assert_allclose(y.ravel(), [0.5, 0.6, 0.7, 0.8], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "grid", "scale", "message"),
    [
        ((2, 3, 16), (3, 2), 1, "is not of 3 × 2 blocks"),
        ((6, 15), (3, 2), 1, "y has 15 numbers for 16 rows of Φ"),
        ((6, 16), (3, 2), 0, "scale of the measurements is 0"),
        ((6, 16), (3, 2), 0.001, "do not come from this sensing matrix"),
    ],
)
def test_numbers_that_cannot_be_of_blocks_by_a_matrix_are_refused(shape, grid, scale, message, rng):
    acquisition = Acquisition("file", (8, 8), matrix=rng.normal(size=(16, 64)).astype("float32"))
    with pytest.raises(ValueError, match=message):
        detector.measured(rng.random(shape), acquisition, grid, scale=scale)
