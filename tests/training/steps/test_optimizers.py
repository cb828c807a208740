import keras
import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.models.learning.kernel_muon import KernelMuon
from amp_net.training.steps.optimizers import make_optimizer, make_schedule


def test_cosine_warms_up_to_the_peak_and_ends_at_zero():
    schedule = make_schedule("cosine", 0.01, steps=1000)
    rates = [float(schedule(step)) for step in range(1000)]
    assert rates[0] < 0.001
    assert max(rates) == pytest.approx(0.01)
    assert np.argmax(rates) == 50
    assert rates[-1] < 1e-6
    assert all(np.diff(rates[50:]) <= 0)


def test_constant_is_constant():
    assert make_schedule("constant", 1e-4, steps=10) == 1e-4


def test_muon_moves_a_kernel_alike_in_all_directions(rng):
    kernel = keras.Variable(np.zeros((3, 3, 32, 32), "float32"))
    optimizer = KernelMuon(0.01)
    left, _ = np.linalg.qr(rng.normal(size=(288, 32)))
    right, _ = np.linalg.qr(rng.normal(size=(32, 32)))
    gradient = (left * np.linspace(1, 0.2, 32)) @ right.T
    optimizer.apply([gradient.reshape(3, 3, 32, 32).astype("float32")], [kernel])
    moved = np.linalg.svd(np.asarray(kernel).reshape(288, 32), compute_uv=False)
    scale = 0.01 * 0.2 * np.sqrt(288)
    assert moved.max() < 1.4 * scale
    assert moved.min() > 0.5 * scale


@pytest.mark.parametrize(
    ("shape", "rate"), [((5,), 1.0), ((3, 3, 1, 32), 1.0), ((3, 3, 32, 1), 1.0), ((50, 40), 0.3)]
)
def test_everything_else_takes_adams_step(shape, rate, rng):
    variable = keras.Variable(np.zeros(shape, "float32"))
    optimizer = KernelMuon(0.01)
    gradient = (rng.uniform(0.5, 1, shape) * rng.choice([-1, 1], shape)).astype("float32")
    optimizer.apply([gradient], [variable])
    np.testing.assert_allclose(variable, -0.01 * rate * np.sign(gradient), rtol=1e-3)


def test_muon_has_momentum_and_looks_ahead(rng):
    kernel = keras.Variable(np.zeros((3, 3, 8, 16), "float32"))
    optimizer = KernelMuon(0.01)
    expected, momentum = np.zeros((72, 16)), 0
    for gradient in rng.normal(size=(4, 72, 16)):
        optimizer.apply([gradient.reshape(3, 3, 8, 16).astype("float32")], [kernel])
        momentum = 0.95 * momentum + gradient
        left, values, right = np.linalg.svd(gradient + 0.95 * momentum, full_matrices=False)
        values /= np.linalg.norm(values)
        for _ in range(5):
            values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
        expected -= 0.01 * 0.2 * np.sqrt(72) * (left * values) @ right
    np.testing.assert_allclose(np.reshape(kernel, (72, 16)), expected, rtol=1e-3, atol=1e-5)


def test_adam_is_adam(rng):
    variables = [keras.Variable(np.zeros(7, "float32")) for _ in range(2)]
    optimizers = (KernelMuon(0.01), keras.optimizers.Adam(0.01))
    for gradient in rng.normal(size=(4, 7)).astype("float32"):
        for variable, optimizer in zip(variables, optimizers, strict=True):
            optimizer.apply([gradient], [variable])
    np.testing.assert_allclose(*variables, rtol=1e-4)


@pytest.mark.parametrize("kind", ["adam", "muon"])
def test_both_optimizers_learn(kind, blocks):
    model = AMPNet(cs_ratio=10, stages=2, channels=8)
    model.compile(optimizer=make_optimizer(kind, 3e-3, clip_norm=1.0))
    history = model.fit(blocks, batch_size=10, epochs=5, verbose=0).history["psnr"]
    assert history[-1] > history[0] + 1


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="muon or adam, not 'sgd'"):
        make_optimizer("sgd", 0.1, 0)
    with pytest.raises(ValueError, match="cosine or constant, not 'step'"):
        make_schedule("step", 0.1, 10)
