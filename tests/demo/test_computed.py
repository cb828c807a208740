import numpy as np
import pytest

from amp_net import images, sense_image
from amp_net.batch.reconstructors import Reconstructors
from amp_net.classical.at_operator import Classical
from amp_net.demonstration.computed import methods, photograph, pictures, side_by_side, stages
from amp_net.demonstration.computed.bench_files import Settings, understood
from amp_net.evaluation import evaluate, measured
from amp_net.evaluation.compared import compared
from amp_net.measurements import measurement_files
from amp_net.models.any_ratio import AnyRatioAMPNet
from tests.conftest import randomize


@pytest.fixture
def scene(rng):
    return np.kron(rng.integers(0, 256, (6, 10), "uint8"), np.ones((11, 11), "uint8"))


@pytest.fixture
def small(monkeypatch, rng):
    """A small network in the place of the one for every ratio."""
    network = randomize(AnyRatioAMPNet(stages=2, channels=8, blocks=1), rng, 0.05)
    monkeypatch.setattr(methods, "_one_network", lambda: network)
    methods.find.cache_clear()
    yield network
    methods.find.cache_clear()


def test_psnr_and_ssim_are_those_of_evaluate(scene, small):
    chosen = [methods.ANY_RATIO, "pseudo-inverse"]
    found = list(side_by_side.rebuilt(scene, chosen, 12.5))
    models = {"one": small.at(12.5), **compared(["pinv"], [12.5])}
    rows = list(evaluate([], {"own": [("scene", scene)]}, methods=models))
    for each, row in zip(found, rows, strict=True):
        assert (each.psnr, each.ssim) == pytest.approx((row["psnr"], row["ssim"]), abs=1e-3)
        assert each.numbers == 2 * 4 * 136
        assert each.size == 4 * each.numbers
        np.testing.assert_allclose(each.error, np.abs(each.image.astype(float) - scene) / 255, atol=1 / 255)
    assert [each.label for each in found] == [f"{name}, 12.5 %" for name in chosen]


def test_noise_and_the_way_are_heard(scene, small):
    calm, noisy = (next(side_by_side.rebuilt(scene, ["pseudo-inverse"], 50, noise)) for noise in (0.0, 0.3))
    assert noisy.psnr < calm.psnr - 0.1
    blockwise = [*side_by_side.rebuilt(scene, [methods.ANY_RATIO, "pseudo-inverse"], 50, 0.0, "blockwise")]
    assert [each.way for each in blockwise] == ["whole", "blockwise"]


def test_the_papers_networks_are_at_the_nearest_of_their_ratios():
    assert methods.ratio_of("AMPA-Net", 17.0) == 10
    assert methods.ratio_of("AMP-Net", 49.0) == 50
    assert methods.ratio_of(methods.ANY_RATIO, 17.3) == 17.3


def test_colour_is_sensed_in_three_channels(rng, small):
    image = rng.integers(0, 256, (20, 40, 3), "uint8")
    (found,) = side_by_side.rebuilt(image, ["pseudo-inverse"], 10)
    assert found.image.shape == image.shape
    assert found.error.shape == image.shape[:2]
    assert found.numbers == 2 * 3 * 109


def test_the_strip_ends_in_the_reconstruction(scene, small):
    found = stages.estimates(scene, methods.ANY_RATIO, 10)
    whole = measured.rebuild(small.at(10), images.to_unit(scene))
    assert len(found) == 3
    np.testing.assert_array_equal(found[-1][0], images.from_unit(whole))
    assert found[0][1] != found[-1][1]
    with pytest.raises(ValueError, match="total variation has no stages"):
        stages.estimates(scene, "total variation", 10)


def test_large_photographs_are_reduced_and_said(tmp_path, rng):
    image = rng.integers(0, 256, (60, 1100, 4), "uint8")
    images.write(tmp_path / "wide.png", image)
    found, told = photograph.given(None, tmp_path / "wide.png")
    assert found.shape == (28, 512, 3)
    assert abs(found.mean() - image[..., :3].mean()) < 2
    assert told == "wide.png: 512×28 pixels, in colour, 43,008 bytes, reduced from 1100×60."
    assert photograph.given("camera", None)[1].startswith("camera: 512×512 pixels, grey")


def test_what_is_no_photograph_is_refused_by_name(tmp_path, monkeypatch):
    (tmp_path / "odd.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"^odd.png cannot be read as an image"):
        photograph.given(None, tmp_path / "odd.png")
    with pytest.raises(ValueError, match=r"^gone.png is no longer there; drop it again"):
        photograph.given(None, tmp_path / "gone.png")
    with pytest.raises(ValueError, match="There is no photograph"):
        photograph.given(None, None)
    images.write(tmp_path / "large.png", np.zeros((20, 20), "uint8"))
    monkeypatch.setattr(photograph, "MOST_PIXELS", 399)
    with pytest.raises(ValueError, match=r"^large\.png has 20×20 pixels; at most 399"):
        photograph.given(None, tmp_path / "large.png")


def test_rows_of_phi_are_grey_where_they_are_zero():
    matrix = np.zeros((3, 4), "float32")
    matrix[1], matrix[2, 0] = [1, -1, 0, 0.5], -3
    shown = pictures.of_rows(matrix, (2, 2))
    factor, gap = pictures.ENLARGED // 2, pictures.GAP
    assert shown.shape == (2 * factor + 2 * gap, 6 * factor + 4 * gap)
    second = shown[gap:-gap:factor, 2 * gap + 2 * factor :: factor][:2, :2]
    np.testing.assert_array_equal(second, [[255, 0], [128, 191]])


def test_a_benchs_files_are_understood(tmp_path, rng):
    phi, scene = rng.integers(0, 2, (64, 8, 8)).astype("uint8"), rng.random(64)
    np.savez(tmp_path / "both.npz", phi=phi, y=phi.reshape(64, 64) @ scene)
    np.save(tmp_path / "y.npy", phi.reshape(64, 64) @ scene)
    np.save(tmp_path / "phi.npy", phi)
    by_pinv = Settings(method="pinv")
    alone = understood(tmp_path / "both.npz", [], by_pinv)
    apart = understood(tmp_path / "y.npy", [tmp_path / "phi.npy"], by_pinv)
    np.testing.assert_array_equal(alone.images, apart.images)
    assert np.corrcoef(apart.images[0].ravel(), scene)[0, 1] > 0.99
    assert apart.sentences[0] == "Φ, from a file: 64 patterns of 8×8 pixels, a CS ratio of 100 %."
    assert "y: 1 frame of 1×1 block, 64 measurements each; images of 8×8 pixels." in apart.sentences
    only = understood(None, [tmp_path / "phi.npy"], by_pinv)
    assert only.images == []
    assert only.sentences == apart.sentences[:3]
    assert "The first rows hold 0 and 1." in only.sentences
    named = understood(None, [], Settings("hadamard", (8, 8), "walsh", 20))
    assert named.sentences[0].startswith("Φ, hadamard: 20 patterns of 8×8 pixels")


def test_a_measurement_file_of_ours_is_understood(tmp_path, rng, monkeypatch):
    model = Classical.of_matrix(np.linalg.qr(rng.random((36, 12)))[0].T.astype("float32"), "pinv")
    measurements = sense_image(rng.integers(0, 256, (20, 30), "uint8"), model, "mine")
    measurement_files.save(tmp_path / "scene.png.npz", measurements)
    monkeypatch.setattr(Reconstructors, "for_preset", lambda self, name, count: model)
    found = understood(tmp_path / "scene.png.npz", [], Settings(method="pinv"))
    assert found.images[0].shape == (20, 30)
    assert found.sentences[0] == "A measurement file of amp_net, sensed by mine."
    assert (
        "4×5 blocks of 6×6 and 1 channel; 12 measurements a block, a CS ratio of 33.3 %."
        in found.sentences[1]
    )


@pytest.mark.parametrize(
    ("y", "phi", "settings", "message"),
    [
        (None, [], Settings(), "nothing to look at"),
        ("y.npy", [], Settings(), "^y.npy does not say what measured it"),
        ("y.npy", ["phi.npy"], Settings("hadamard"), "phi.npy or hadamard, not both"),
        ("y.npy", ["phi.npy"], Settings(), r"^y.npy: y has 5 numbers for 4 rows"),
        (None, ["bad.json"], Settings(), "^bad.json is refused"),
        ("gone.npy", [], Settings(), "^gone.npy is no longer there; drop it again"),
        ("y.npy", ["gone.npy"], Settings(), "^gone.npy is no longer there; drop it again"),
        (None, ["phi.npy", "y.npy"], Settings(), r"^Of 2 files these are no images: phi\.npy, y\.npy\."),
        (None, ["phi.npy", "1.png"], Settings(), r"^Of 2 files these are no images: phi\.npy\."),
    ],
)
def test_what_is_not_understood_is_told_without_folders(y, phi, settings, message, tmp_path):
    np.save(tmp_path / "y.npy", np.ones(5))
    np.save(tmp_path / "phi.npy", np.eye(4))
    (tmp_path / "bad.json").write_text("{}")
    images.write(tmp_path / "1.png", np.eye(4, dtype="uint8"))
    with pytest.raises(ValueError, match=message) as raised:
        understood(y and tmp_path / y, [tmp_path / each for each in phi], settings)
    assert "/tmp" not in str(raised.value)
