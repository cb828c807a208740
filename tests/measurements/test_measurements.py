import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amp_net import AMPNet, Measurements, reconstruct_image, sense_image
from amp_net.classical.at_operator import Classical
from amp_net.measurements import former_matrices, measurement_files

CHANNELS = {0: (), 3: (3,), 4: (4,)}


@pytest.fixture(scope="module")
def model():
    return AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)


@pytest.fixture
def photograph(rng):
    ramp = np.linspace(0, 255, 20)[:, None, None] * np.linspace(0, 1, 19)[:, None] * [1, 0.5, 0.25]
    return np.dstack([ramp, rng.uniform(0, 255, (20, 19, 1))]).astype("uint8")


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from(list(CHANNELS)),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    bits=st.sampled_from([None, *range(4, 17)]),
    seed=st.integers(0, 2**32 - 1),
)
def test_an_image_comes_back_with_its_shape_and_type(
    height, width, channels, dtype, bits, seed, model, tmp_path_factory
):
    rng = np.random.default_rng(seed)
    values = rng.random((height, width, *CHANNELS[channels]))
    image = (values if dtype == "float32" else values * np.iinfo(dtype).max).astype(dtype)
    path = tmp_path_factory.mktemp("y") / "image.npz"
    measurement_files.save(path, sense_image(image, model), bits)
    loaded = measurement_files.load(path)
    assert loaded.y.shape == (-(-height // 8), -(-width // 8), min(channels, 3) or 1, 16)
    restored = reconstruct_image(loaded, model)
    assert (restored.shape, restored.dtype) == (image.shape, image.dtype)
    if channels == 4:
        np.testing.assert_array_equal(restored[..., 3], image[..., 3])


def test_measurements_are_phi_x_of_each_block(model, photograph):
    measured = sense_image(photograph, model)
    block = photograph[8:16, :8, 1].astype("float64") / 255
    np.testing.assert_allclose(measured.y[1, 0, 1], model.sensing.matrix @ block.ravel(), atol=1e-5)


def test_all_measurements_give_the_image_exactly(photograph):
    """With m = n and an orthonormal Φ nothing is lost, so every pixel has to be in its place."""
    model = AMPNet(cs_ratio=100, stages=1, channels=4, block_size=8)
    for stage in model.stages:
        stage.cnn.last.kernel.assign(np.zeros(stage.cnn.last.kernel.shape))
    for image in (photograph, photograph.astype("uint16") * 200, photograph[..., 0]):
        np.testing.assert_array_equal(reconstruct_image(sense_image(image, model), model), image)


@pytest.mark.parametrize("bits", [4, 8, 12, 16])
def test_quantised_measurements_are_off_by_half_a_step_at_most(bits, model, photograph, tmp_path):
    measured = sense_image(photograph, model)
    measurement_files.save(tmp_path / "y.npz", measured, bits)
    span = np.ptp(measured.y.reshape(-1, 16), axis=0)
    error = np.abs(measurement_files.load(tmp_path / "y.npz").y - measured.y).reshape(-1, 16).max(0)
    assert (error <= span / (2**bits - 1) * 0.501 + 1e-5).all()
    assert error.max() > 0


def test_fewer_bits_take_fewer_bytes(model, rng, tmp_path):
    image = rng.integers(0, 256, (240, 240)).astype("uint8")
    sizes = []
    for bits in (None, 16, 8, 4):
        measurement_files.save(tmp_path / "y.npz", sense_image(image, model), bits)
        sizes.append((tmp_path / "y.npz").stat().st_size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 3 * sizes[2]


def test_noise_has_the_level_that_was_asked_for(model, photograph):
    clean = sense_image(photograph, model).y
    noisy = [sense_image(photograph, model, noise_std=0.1, seed=seed).y for seed in (1, 1, 2)]
    level = np.std(noisy[0] - clean) / np.sqrt(np.mean(clean**2))
    assert level == pytest.approx(0.1, rel=0.1)
    np.testing.assert_array_equal(noisy[0], noisy[1])
    assert np.abs(noisy[0] - noisy[2]).max() > 0


def test_another_matrix_is_refused(model, photograph):
    measured = sense_image(photograph, model, preset="mine")
    other = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)
    other.set_sensing_matrix(-model.sensing.matrix)
    with pytest.raises(ValueError, match=r"another sensing matrix than the model's; give .* mine"):
        reconstruct_image(measured, other)
    with pytest.raises(ValueError, match="16 measurements of each block of 8×8; the model takes 64"):
        reconstruct_image(measured, AMPNet(cs_ratio=100, stages=1, channels=4, block_size=8))


def test_measurements_of_a_preset_before_it_was_rounded_are_rebuilt(photograph):
    model = AMPNet.from_preset("amp_net_cs25")
    now = sense_image(photograph, model)
    (then,) = [old for old, new in former_matrices().items() if new == now.phi_sha256]
    found = reconstruct_image(dataclasses.replace(now, phi_sha256=then), model)
    np.testing.assert_array_equal(found, reconstruct_image(now, model))
    with pytest.raises(ValueError, match="another sensing matrix"):
        reconstruct_image(dataclasses.replace(now, phi_sha256=then), AMPNet())


def test_classical_iteration_takes_the_same_measurements(photograph):
    everything = AMPNet(cs_ratio=100, stages=1, channels=4, block_size=8)
    measured = sense_image(photograph, everything)
    restored = reconstruct_image(measured, Classical.of_matrix(everything.sensing.matrix, "pinv"))
    assert np.abs(restored.astype(int) - photograph).max() <= 1


def test_a_result_that_is_not_finite_is_refused(model, photograph):
    measured = sense_image(photograph, model)
    large = dataclasses.replace(measured, y=np.full_like(measured.y, 3e38))
    with pytest.raises(ValueError, match="too large for the network"):
        reconstruct_image(large, model)


@pytest.mark.parametrize("noise", [-1, np.nan])
def test_noise_that_is_none_is_refused(noise, model, photograph):
    with pytest.raises(ValueError, match=f"The noise is {noise}"):
        sense_image(photograph, model, noise_std=noise)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 3, 2), "uint8"), r"not \(3, 3, 2\)"),
        (np.zeros((0, 3), "uint8"), r"not \(0, 3\)"),
        (np.zeros((3, 3), "int32"), "pixels are int32"),
        (np.full((3, 3), 1.5, "float32"), r"outside \[0, 1\]"),
        (np.full((3, 3), np.nan, "float32"), r"outside \[0, 1\]"),
    ],
)
def test_what_is_no_image_is_refused(image, message, model):
    with pytest.raises(ValueError, match=message):
        sense_image(image, model)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"height": 30}, "needs"),
        ({"dtype": "int8"}, "pixels are int8"),
        ({"width": 0}, "does not exist"),
        ({"y": np.full((3, 3, 3, 16), np.nan, "float32")}, "NaN"),
        ({"y": np.zeros((3, 3, 3, 16))}, "y is float64"),
        ({"preset": None}, "preset None"),
        ({"alpha": np.zeros((2, 2), "uint8")}, "alpha"),
    ],
)
def test_inconsistent_measurements_are_refused(fields, message, model, photograph):
    measured = sense_image(photograph[..., :3], model)
    with pytest.raises(ValueError, match=message):
        Measurements(**{**vars(measured), **fields})
