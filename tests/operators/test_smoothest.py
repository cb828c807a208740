import numpy as np
import pytest
from keras import ops

from amp_net.operators import Dense, smoothest
from amp_net.operators.smoothest import FLATNESS, SMOOTHNESS, STEEPNESS


def gradients(height, width):
    """∇ of an image, flattened, as a matrix."""
    down = np.kron(np.diff(np.eye(height), axis=0), np.eye(width))
    along = np.kron(np.eye(height), np.diff(np.eye(width), axis=0))
    return np.concatenate([down, along])


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_solves_the_normal_equations(rng, noise):
    phi = np.linalg.qr(rng.normal(size=(48, 20)))[0].T.astype("float32")
    operator, image = Dense(phi, (8, 6)), rng.random((1, 16, 12, 1), "float32")
    y = ops.convert_to_numpy(operator.measure(image))
    level = np.full((1, 1), noise, "float32")
    found = smoothest.smoothest(operator, y, level, np.full((1, 1), 20.0, "float32"), iterations=60)
    units = np.eye(16 * 12, dtype="float32").reshape(-1, 16, 12, 1)
    whole = ops.convert_to_numpy(operator.measure(units)).reshape(16 * 12, -1).T
    weight = SMOOTHNESS * 20 / 48 + (noise / STEEPNESS) ** 2
    slopes = gradients(16, 12)
    equations = whole.T @ whole + weight * (slopes.T @ slopes + FLATNESS * np.eye(16 * 12))
    expected = 0.5 + np.linalg.solve(equations, whole.T @ (y.ravel() - whole @ np.full(16 * 12, 0.5)))
    np.testing.assert_allclose(ops.convert_to_numpy(found).ravel(), expected, atol=1e-3)


def test_a_few_steps_are_nearer_to_a_photograph_than_the_transpose(rng):
    grid = np.linspace(0, 1, 33)
    image = (0.5 + 0.3 * np.sin(5 * grid[:, None] + 3 * grid))[None, ..., None].astype("float32")
    operator = Dense(np.linalg.qr(rng.normal(size=(1089, 109)))[0].T.astype("float32"), (33, 33))
    y = operator.measure(image)
    found = smoothest.smoothest(operator, y, np.zeros((1, 1), "float32"), np.full((1, 1), 109.0, "float32"))

    def error(restored):
        return np.sqrt(np.mean((ops.convert_to_numpy(restored) - image) ** 2))

    assert error(found) < 0.2 * error(operator.adjoint(y))
