import numpy as np

from experiments.shared import linear


def test_linear_recovery_has_the_least_error(rng, blocks):
    known = (blocks * 255).astype("uint8")
    flat = known.reshape(len(known), -1) / 255
    matrix = rng.normal(0, 1, (12, 1089))
    y = flat @ matrix.T
    best, *_ = np.linalg.lstsq(y, flat, rcond=None)
    np.testing.assert_allclose(linear.linear_recovery(matrix, known), best, atol=1e-4)
