import numpy as np
import pytest

from amp_net.bench import SPLITS, Acquisition, detector, known_patterns, simulation
from amp_net.bench.acquisition import random_matrix

FRAME = (8, 4)
PHI = ("hadamard", "random_pm1", "random_01", "learned")


def acquisition(phi, split, rng):
    if phi == "learned":
        return Acquisition("file", FRAME, matrix=rng.normal(size=(20, 32)).astype("float32"), split=split)
    order = {"order": "cake_cutting"} if phi == "hadamard" else {"seed": 3}
    return known_patterns.find(phi, frame=FRAME, measurements=20, split=split, **order)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("phi", PHI)
def test_what_the_detector_says_of_the_shown_patterns_becomes_y(phi, split, rng):
    """For every way to show Φ: each pattern times the scene, pattern by pattern."""
    if split == "white" and phi in ("learned", "random_01"):
        with pytest.raises(ValueError, match="two values"):
            acquisition(phi, split, rng)
        return
    found, scene = acquisition(phi, split, rng), rng.random(FRAME).astype("float32")
    if split == "none" and phi != "random_01":
        with pytest.raises(ValueError, match="light has no sign"):
            found.parts()
        raw = found.operator.matrix @ scene.ravel()
    else:
        parts = found.parts()
        assert len(parts) == found.shown
        assert parts.min() >= 0
        assert parts.max() <= 1
        raw = parts.reshape(len(parts), -1) @ scene.ravel()
    np.testing.assert_allclose(simulation.numbers_of(scene, found)[0, 0], raw, atol=1e-4)
    y = detector.measured(raw, found, scale=1).y
    expected = np.asarray(found.operator.measure(scene[None, ..., None]))
    np.testing.assert_allclose(y, expected, atol=1e-4)


@pytest.mark.parametrize("split", ["none", "interleaved", "halves", "white"])
def test_dark_counts_and_photons(split, rng):
    phi = "random_01" if split == "none" else "hadamard"
    found, scene = acquisition(phi, split, rng), rng.random(FRAME).astype("float32")
    counts = simulation.numbers_of(scene, found, photons=1e6, dark=5e5, seed=1)
    assert counts.dtype == np.int64
    measured = detector.measured(counts, found, dark=5e5, scale=1e6)
    expected = np.asarray(found.operator.measure(scene[None, ..., None]))
    error = np.sqrt(np.mean((measured.y - expected) ** 2))
    # The white reference's own noise is that of all rows.
    assert 0.4 * measured.noise < error < 2 * measured.noise
    undone = detector.measured(counts, found, scale=1e6).y
    assert (np.abs(undone - expected).max() > 0.4) == (split in ("none", "white"))


def test_a_drift_falls_out_of_interleaved_pairs_alone(rng):
    scene = np.full(FRAME, 0.5, "float32")
    errors = []
    for split in ("interleaved", "halves"):
        found = acquisition("hadamard", split, rng).kept(np.arange(1, 20))
        raw = simulation.numbers_of(scene, found, drift=0.2)
        errors.append(np.abs(detector.measured(raw, found, scale=1).y).max())
    assert errors[0] < 0.1 * errors[1]


def test_a_phi_of_shown_pairs_is_one_of_both_signs(rng):
    whole = random_matrix("random_pm1", 6, 16, 1)
    for split in ("interleaved", "halves", "white"):
        found = Acquisition("file", (4, 4), matrix=whole, split=split)
        shown = found.parts().reshape(-1, 16)[-6 if split == "white" else 0 :]
        np.testing.assert_array_equal(known_patterns.whole_patterns(shown, split), whole)
    np.testing.assert_array_equal(known_patterns.whole_patterns(whole, "interleaved"), whole)


def test_random_patterns_stay_what_they_are():
    """Of a seed that is written down, in whatever version of NumPy."""
    assert random_matrix("random_01", 2, 12, 7).astype(int).tolist() == [
        [1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0],
        [1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1],
    ]
    many = random_matrix("random_pm1", 100, 100, 1)
    assert abs(many.mean()) < 0.05
    assert np.unique(many).tolist() == [-1, 1]
