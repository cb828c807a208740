import keras
import numpy as np
import pytest
from keras import ops
from scipy.signal import correlate2d

from amp_net.models import presets, rival_presets
from amp_net.models.rivals.ad_recon_net import AdReconNet
from amp_net.models.rivals.admm_net import ADMMNet
from amp_net.models.rivals.dn_cnn import SPREAD, DnCNN
from amp_net.models.rivals.dr2_net import DR2Net
from amp_net.models.rivals.fcmn import FCMN
from amp_net.models.rivals.full_conv import FullConv
from amp_net.models.rivals.ista_net import ISTANet, ISTANetPlus
from amp_net.models.rivals.recon_net import ReconNet, ReconUnit
from amp_net.operators.gaussian import gaussian

SIDE, EPSILON = 9, 1e-3
"""Of a block; what Keras adds to a variance."""
SMALL = {
    "ista_net": {"phases": 2, "channels": 4},
    "ista_net_plus": {"phases": 2, "channels": 4},
    "admm_net": {"stages": 2, "channels": 3},
    "dr2_net": {"units": 2},
    "full_conv": {"units": 2},
}


def array(variable):
    return ops.convert_to_numpy(ops.convert_to_tensor(variable))


def small(name, **fields):
    side = 4 if name == "fcmn" else SIDE
    return rival_presets.class_of(name)(cs_ratio=20, block_size=side, **SMALL.get(name, {}), **fields)


def randomized(model, rng):
    """The model, all of whose weights but Φ and the linear start are random."""
    kept = {id(weight) for layer in (model.sensing, model.initialization) for weight in layer.weights}
    for variable in model.weights:
        if id(variable) in kept:
            continue
        spread = 0.1 if "kernel" in variable.path else 0.2
        values = rng.normal(0, spread, variable.shape)
        variable.assign(np.abs(values) + 0.3 if "variance" in variable.path else values)
    return model


@pytest.fixture
def block(rng):
    return rng.random((SIDE, SIDE), "float32")


def convolved(maps, layer):
    """Maps `(channels, height, width)` by a layer with a kernel, and perhaps a bias."""
    kernel, bias = array(layer.kernel), getattr(layer, "bias", None)
    made = [
        sum(correlate2d(one, kernel[:, :, i, o], "same") for i, one in enumerate(maps))
        for o in range(kernel.shape[3])
    ]
    return np.stack(made) + (0 if bias is None else array(bias)[:, None, None])


def normalized(maps, layer):
    gamma, beta, mean, variance = (
        array(weight)[:, None, None]
        for weight in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    )
    return (maps - mean) / np.sqrt(variance + EPSILON) * gamma + beta


def unit_of(image, unit):
    maps = image[None]
    for number, layer in enumerate(unit.convolutions):
        maps = convolved(maps, layer)
        if number < len(unit.normalizations):
            maps = normalized(maps, unit.normalizations[number])
        maps = np.maximum(maps, 0) if number < 2 else maps
    return maps[0]


def soft(values, threshold):
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0)


def start_of(model, block):
    y = model.sensing.matrix @ block.ravel()
    return y, (array(model.initialization.kernel).T @ y).reshape(block.shape)


def by_hand(model, block):
    """What each paper says of a block."""
    matrix = model.sensing.matrix
    y, image = start_of(model, block)
    if isinstance(model, ReconNet):
        return unit_of(np.maximum(unit_of(image, model.units[0]), 0), model.units[1])
    if isinstance(model, DR2Net):
        for unit in model.units:
            image = image + unit_of(image, unit)
        return image
    if isinstance(model, ISTANet):
        for phase in model.phases:
            back = (matrix.T @ (matrix @ image.ravel() - y)).reshape(block.shape)
            moved = image - array(phase.step) * back
            maps = convolved(moved[None], phase.entry) if phase.plus else moved[None]
            for layers, threshold in ((phase.transform, array(phase.threshold)), (phase.inverse, 0)):
                maps = soft(convolved(np.maximum(convolved(maps, layers[0]), 0), layers[1]), threshold)
            image = moved + convolved(maps, phase.exit)[0] if phase.plus else maps[0]
        return image
    points, multiplier = np.linspace(-1, 1, 101), np.zeros_like(image)

    def least(held, penalty):
        """Of |Φ x − y|² / 2 + ρ |x − v|² / 2, by its normal equations."""
        right = matrix.T @ y + penalty * held.ravel()
        return np.linalg.solve(matrix.T @ matrix + penalty * np.eye(image.size), right).reshape(image.shape)

    for stage in model.stages:
        estimate = least(image - multiplier, np.exp(array(stage.log_penalty)))
        given = estimate + multiplier
        values = array(stage.function.values).reshape(101, -1)
        maps = [
            np.interp(one, points, values[:, channel]) + one - np.clip(one, -1, 1)
            for channel, one in enumerate(convolved(given[None], stage.first))
        ]
        image = given - convolved(np.stack(maps), stage.second)[0]
        multiplier = multiplier + array(stage.rate) * (estimate - image)
    return least(image - multiplier, np.exp(array(model.log_penalty)))


@pytest.mark.parametrize("kind", [ReconNet, AdReconNet, DR2Net, ISTANet, ISTANetPlus, ADMMNet])
def test_networks_are_what_their_papers_say(kind, block, rng):
    model = randomized(small(kind.KIND), rng)
    model.set_sensing_matrix(gaussian(16, (SIDE, SIDE)).matrix)
    if kind is ADMMNet:
        # Beyond the control points too.
        model.stages[0].first.bias.assign([0.9, -1.2, 0])
    found = array(model(block[None, ..., None]))[0, ..., 0]
    np.testing.assert_allclose(found, by_hand(model, block), atol=2e-4)


def test_full_conv_rebuilds_the_image_as_a_whole(rng):
    model = randomized(small("full_conv"), rng)
    image = rng.random((2 * SIDE, SIDE), "float32")
    expected = np.concatenate([start_of(model, part)[1] for part in (image[:SIDE], image[SIDE:])])
    for unit in model.units:
        expected = expected + unit_of(expected, unit)
    found = array(model(image[None, ..., None]))[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_fcmn_measures_windows_that_overlap(rng):
    model = randomized(small("fcmn"), rng)
    image, step = rng.random((12, 8), "float32"), 4
    padded, back = np.pad(image, 2), np.zeros((16, 12))
    windows = array(model.initialization.kernel)[:, :, 0]
    y = np.empty((3, 2, model.measurements))
    for row, column in np.ndindex(3, 2):
        place = (slice(row * step, row * step + 8), slice(column * step, column * step + 8))
        y[row, column] = model.sensing.matrix @ padded[place].ravel()
        back[place] += windows @ y[row, column]
    np.testing.assert_allclose(array(model.sense(image[None, ..., None]))[0], y, atol=1e-5)
    start = back[2:-2, 2:-2]
    found = array(model.reconstruct(y[None].astype("float32")))[0, ..., 0]
    np.testing.assert_allclose(found, start + unit_of(start, model.unit), atol=1e-4)


def test_dn_cnn_takes_away_noise_of_the_level_it_is_told(rng):
    model, level = DnCNN(depth=3, channels=4), 0.3
    image = rng.random((7, 5), "float32")
    np.testing.assert_allclose(model.denoised(image, level), image, atol=1e-6)
    for variable in model.weights:
        variable.assign(np.abs(rng.normal(0.1, 0.3, variable.shape)))
    maps = np.stack([(image - 0.5) / np.hypot(level, SPREAD), np.full(image.shape, np.log(level))])
    first, middle, last = model.convolutions
    maps = np.maximum(convolved(maps, first), 0)
    maps = np.maximum(normalized(convolved(maps, middle), model.normalizations[0]), 0)
    expected = image - level * convolved(maps, last)[0]
    np.testing.assert_allclose(model.denoised(image, level), expected, rtol=1e-4, atol=1e-4)


def test_dn_cnn_learns_the_noise(blocks):
    model = DnCNN(depth=3, channels=4)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    before, *_, after = model.fit(blocks[:16], batch_size=16, epochs=10, verbose=0).history["loss"]
    assert after < 0.95 * before < 1.1
    assert np.abs(model.denoised(blocks[0, ..., 0], 0.1) - blocks[0, ..., 0]).max() > 1e-4


@pytest.mark.parametrize("start", ["zeros", "identity"])
def test_units_start_as_nothing_or_as_what_changes_nothing(start, block):
    unit = ReconUnit(start=start)
    unit.build()
    expected = block if start == "identity" else np.zeros_like(block)
    np.testing.assert_allclose(array(unit(block[None, ..., None]))[0, ..., 0], expected, atol=1e-6)
    with pytest.raises(ValueError, match="zeros or identity, not 'ones'"):
        ReconUnit(start="ones")


@pytest.mark.parametrize("name", rival_presets.NETWORKS)
def test_each_has_the_face_of_a_network_and_trains(name, tmp_path, rng):
    model = small(name)
    side = 2 * model.block_size
    images = np.linspace(0, 1, 4 * side * side, dtype="float32").reshape(4, side, side, 1)
    whole = getattr(model, "SENSES_IMAGES", False)
    if not whole:
        flat = [
            images[:, r:, c:][:, : model.block_size, : model.block_size] for r in (0, SIDE) for c in (0, SIDE)
        ]
        y = np.stack([array(model.sense(each)) for each in flat], 1).reshape(4, 2, 2, -1)
    else:
        y = array(model.sense(images))
    found = array(model.reconstruct(y))
    assert found.shape == images.shape
    assert found.dtype == np.float32
    assert y.shape == (4, 2, 2, model.measurements)
    if model.WINDOW == 1:
        np.testing.assert_allclose(found[:, :SIDE, SIDE:], array(model.reconstruct(y[:, 0, 1])), atol=1e-5)
        images = images[:, :SIDE, :SIDE]
    else:
        np.testing.assert_allclose(found, array(model(images)), atol=1e-5)
    matrix = model.sensing.matrix.copy()
    model.compile("adam", run_eagerly=True)
    before, *_, after = model.fit(images, batch_size=4, epochs=3, verbose=0).history["loss"]
    assert after < before
    assert np.array_equal(model.sensing.matrix, matrix) is not model.LEARNS_SENSING
    presets.save(model, tmp_path / "preset", {})
    again = presets.load(type(model), tmp_path / "preset")
    np.testing.assert_allclose(array(again(images)), array(model(images)), atol=2e-2)
    if not model.LEARNS_SENSING:
        np.testing.assert_array_equal(again.sensing.matrix, matrix)


def test_what_does_not_fit_is_refused(block):
    model = small("full_conv")
    with pytest.raises(ValueError, match="8×9 pixels, which are no whole blocks of 9×9"):
        model(block[None, :8, :, None])
    with pytest.raises(ValueError, match="convolution that it learns"):
        small("fcmn").set_sensing_matrix(np.eye(3, 64))
    with pytest.raises(ValueError, match="orthonormal rows"):
        small("admm_net").set_sensing_matrix(np.ones((16, 81), "float32"))
    with pytest.raises(ValueError, match="CS ratio is 101"):
        ReconNet(cs_ratio=101)
    with pytest.raises(ValueError, match="must be in"):
        small("recon_net").sense(255 * block[None, ..., None])
    assert FullConv.WAYS == FCMN.WAYS == ("whole", "blockwise")


def test_the_symmetry_of_the_transforms_is_in_the_loss(block):
    """Of the mean squared error alone it would be less by γ Σ mean (F̃ F u − u)²."""
    model, images = small("ista_net_plus"), block[None, ..., None]
    restored = model(images, training=True)
    loss = float(model.compute_loss(images, y_pred=restored))
    squared = np.mean((array(restored) - images) ** 2)
    y, estimate, expected = model.sense(images), model.initialization(model.sense(images)), 0
    for phase in model.phases:
        estimate, symmetry = phase(estimate, y, sensing=model.sensing, training=True)
        expected += 0.01 * np.mean(array(symmetry) ** 2)
    assert expected > 1e-5
    np.testing.assert_allclose(loss, squared + expected, rtol=1e-4)
