import numpy as np
import pytest
from scipy.signal import correlate2d

from amp_net.storage import texts
from experiments.peers import trained
from experiments.peers.recon_net import AdReconNet, DR2Net
from experiments.shared import linear, short_trainings
from experiments.shared.result_files import RESULTS, SETS
from experiments.shared.short_trainings import Variant
from tests.conftest import randomize

EPSILON = 1e-3
"""What Keras adds to a variance."""


def weights_of(unit):
    """Of each convolution: its kernel, its bias, and the weights of a normalisation that follows it."""
    layers = list(unit.layers)
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if hasattr(layer, "kernel"):
            values = [np.array(value) for value in after.get_weights()] if after is not None else []
            yield layer.kernel.numpy(), layer.bias.numpy(), values


def unit_of(image, unit, normalized, rectified):
    maps = image[np.newaxis]
    convolutions = list(weights_of(unit))
    for number, (kernel, bias, normalization) in enumerate(convolutions, 1):
        maps = np.stack(
            [
                sum(correlate2d(one, kernel[:, :, i, o], "same") for i, one in enumerate(maps)) + bias[o]
                for o in range(kernel.shape[3])
            ]
        )
        assert bool(normalization) is (normalized and number < len(convolutions))
        if normalization:
            gamma, beta, mean, variance = (value[:, np.newaxis, np.newaxis] for value in normalization)
            maps = (maps - mean) / np.sqrt(variance + EPSILON) * gamma + beta
        if number < len(convolutions) or rectified:
            maps = np.maximum(maps, 0)
    return maps[0]


def randomized(model, rng):
    for unit in model.units:
        for variable in unit.weights:
            spread = 0.05 if "kernel" in variable.path else 0.2
            variable.assign(
                np.abs(rng.normal(0.5, 0.1, variable.shape))
                if "variance" in variable.path
                else rng.normal(0, spread, variable.shape)
            )
    return model


@pytest.mark.parametrize(
    ("kind", "residual", "rectified"), [(AdReconNet, False, [True, False]), (DR2Net, True, [False] * 4)]
)
def test_networks_are_what_their_papers_say(kind, residual, rectified, rng, blocks):
    model = randomized(randomize(kind(cs_ratio=4), rng, 0.05), rng)
    y = model.sensing.matrix @ blocks[0].ravel()
    image = (model.initialization.kernel.numpy().T @ y).reshape(33, 33)
    for unit, last in zip(model.units, rectified, strict=True):
        # Centred, so that with a ReLU behind it a unit is another than without.
        *_, convolution = [layer for layer in unit.layers if hasattr(layer, "kernel")]
        convolution.bias.assign(convolution.bias - np.median(unit_of(image, unit, residual, False)))
        of_unit = unit_of(image, unit, residual, last)
        image = image + of_unit if residual else of_unit
    np.testing.assert_allclose(model(blocks[:1])[0, ..., 0], image, atol=1e-5)


@pytest.mark.parametrize("kind", [AdReconNet, DR2Net])
def test_networks_start_as_their_linear_part_and_train(kind, blocks):
    model = kind(cs_ratio=10)
    linear_part = np.maximum(model.initialization(model.sense(blocks)), 0 if kind is AdReconNet else -9)
    np.testing.assert_allclose(model(blocks), linear_part, atol=1e-5)
    short_trainings.shorten_memory(model)
    model.compile(optimizer="adam")
    before = model.evaluate(blocks, verbose=0, return_dict=True)["loss"]
    model.fit(blocks, epochs=4, batch_size=8, verbose=0)
    assert model.evaluate(blocks, verbose=0, return_dict=True)["loss"] < before


def test_linear_recovery_has_the_least_error(rng, blocks):
    known = (blocks * 255).astype("uint8")
    flat = known.reshape(len(known), -1) / 255
    matrix = rng.normal(0, 1, (12, 1089))
    y = flat @ matrix.T
    best, *_ = np.linalg.lstsq(y, flat, rcond=None)
    np.testing.assert_allclose(linear.linear_recovery(matrix, known), best, atol=1e-4)


def test_a_given_matrix_is_kept_in_training(rng, blocks):
    matrix = np.linalg.qr(rng.normal(0, 1, (1089, 43)))[0].T.astype("float32")
    changes = {"trainable_sensing": False, "stages": 1, "channels": 4, "policy": "float32"}
    known = (blocks * 255).astype("uint8")
    model = short_trainings.train(Variant(4, changes, 2), known, matrix)
    np.testing.assert_allclose(model.sensing.matrix, matrix, atol=1e-6)
    start = linear.linear_recovery(matrix, known)
    assert 0 < np.abs(model.initialization.kernel - start).max() < 0.02


def test_only_what_is_missing_is_trained():
    class Two:
        ratios = (10, 25)

    rows = [
        {"network": "A", "cs_ratio": "10", "steps": str(trained.STEPS)},
        {"network": "A", "cs_ratio": "25", "steps": "1"},
    ]
    assert trained.missing({"A": Two, "B": Two}, rows) == [("A", 25), ("B", 10), ("B", 25)]


def test_the_page_is_made_of_the_rows():
    page = (RESULTS / "peers" / "trained_peers.md").read_text(encoding="utf-8")
    named, rows = trained.rivals(), texts.read_csv(trained.FILE)
    for dataset in SETS:
        assert trained.page(named, rows, dataset) in page
