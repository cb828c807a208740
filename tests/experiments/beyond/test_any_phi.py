import numpy as np
import pytest

from amp_net.classical.pseudo_inverse import pinv
from amp_net.operators import Dense
from experiments.beyond.any_phi import __main__ as any_phi
from experiments.beyond.any_phi import cases as any_phi_cases
from experiments.beyond.any_phi import total_variation


def objective(operator, y, image, weight):
    slopes = total_variation._gradient(image)
    left = y - np.asarray(operator.measure(image))
    return 0.5 * np.sum(left**2) + weight * np.sum(np.sqrt(np.sum(slopes**2, axis=0)))


def test_total_variation_finds_the_least(rng):
    box = np.full((1, 12, 12, 1), 0.2, "float32")
    box[:, 3:9, 4:10] = 0.8
    operator = Dense(np.linalg.qr(rng.normal(size=(144, 72)))[0].T.astype("float32"), (12, 12))
    y = np.asarray(operator.measure(box))
    found = total_variation.variation(operator, y, 0.01, iterations=800)
    least = objective(operator, y, found, 0.01)
    for _ in range(20):
        near = found + rng.normal(0, 1e-3, found.shape).astype("float32")
        assert objective(operator, y, near, 0.01) > least
    assert np.abs(found - box).max() < 0.05
    assert np.abs(pinv(operator, y) - box).max() > 0.3


def test_the_divergence_is_the_transpose(rng):
    slopes, image = rng.normal(size=(2, 1, 5, 6, 1)), rng.normal(size=(1, 5, 6, 1))
    left = np.sum(total_variation._gradient(image) * slopes)
    assert left == pytest.approx(-np.sum(image * total_variation._divergence(slopes)))


def test_every_case_is_another_and_has_its_measurements():
    cases = any_phi_cases.cases(any_phi.STUDIES)
    assert len({tuple(case.key().values()) for case in cases}) == len(cases)
    for case in cases:
        if case.side == 64:
            assert case.make().measurements == pytest.approx(4096 * case.cs_ratio / 100, abs=1)


def test_counts_tell_their_noise(rng):
    operator = any_phi_cases.zeros_and_ones(8, 50)
    shown = rng.random((1, 64, 64, 1), "float32")
    y, told = any_phi_cases.counted(50)(shown, operator)
    assert np.std(y - np.asarray(operator.measure(shown))) == pytest.approx(told, rel=0.05)


def test_frames_are_small_squares(rng):
    case = next(case for case in any_phi_cases.cases(("frames",)) if case.side == 64)
    ((image, size),) = any_phi_cases.shown(case, [rng.integers(0, 256, (90, 120), "uint8")])
    assert image.shape == (1, 64, 64, 1)
    assert size == (64, 64)


def test_the_table_has_the_better_of_the_others():
    case = {
        "study": "frames",
        "dataset": "frames",
        "phi": "Hadamard",
        "side": "64",
        "cs_ratio": "25",
        "noise": "0",
    }
    psnr = {"any_phi": 26.0, "pseudo_inverse": 21.0, "tv_0.01": 22.5, "tv_0.1": 20.0}
    text = any_phi.tables([{**case, "method": method, "psnr": str(value)} for method, value in psnr.items()])
    assert "| 26.00 | 21.00 | 22.50 | +3.50 |" in text
    with pytest.raises(ValueError, match="pseudo_inverse is missing at 25 %"):
        any_phi.tables([{**case, "method": "any_phi", "psnr": "26"}])
