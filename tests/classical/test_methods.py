import sys
import types

import numpy as np
import pytest

from amp_net import evaluation
from amp_net.classical.at_operator import Classical
from amp_net.classical.methods import METHODS, find
from amp_net.classical.total_variation import tv
from amp_net.classical.transforms.sensed import Sensed
from amp_net.classical.transforms.wavelets import Wavelets
from amp_net.evaluation.compared import compared
from amp_net.images import quality
from amp_net.operators import Dense, Hadamard, Separable
from amp_net.operators.gaussian import gaussian
from amp_net.operators.orders import order
from tests.classical.conftest import measured, psnr

HERE = [name for name in METHODS if name != "bm3d_amp"]
"""The methods of which no library may be missing, or takes seconds for the smallest image."""


@pytest.fixture
def quick(monkeypatch):
    """BM3D of a pixel's neighbours, in whose place it stands where time counts."""
    blur = types.SimpleNamespace(bm3d=lambda image, level: (image + level * image.mean()) / (1 + level))
    monkeypatch.setitem(sys.modules, "bm3d", blur)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", ["dense", "hadamard", "separable"])
def test_the_image_is_exact_where_all_is_measured(name, kind, camera, rng, quick):
    """Each method, each kind of Φ; of dense ones one whose rows are neither orthogonal nor of norm 1."""
    squares = [np.eye(32) + 0.1 * rng.normal(size=(32, 32)) / 32**0.5 for _ in range(2)]
    operator = {
        "dense": lambda: Dense((3 * np.eye(64) + rng.normal(size=(64, 64)) / 8).astype("float32"), (8, 8)),
        "hadamard": lambda: Hadamard((32, 32), order("sequency", (32, 32))),
        "separable": lambda: Separable(*(square.astype("float32") for square in squares)),
    }[kind]()
    found = find(name)(operator, measured(operator, camera))
    assert found.shape == camera.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, camera, atol=1e-3)


@pytest.mark.parametrize("name", ["pinv", "amp", "fista", "tv", "nlm_amp"])
def test_more_measurements_are_not_worse(name, camera):
    """Rows of the Hadamard transform in sequency order, without noise."""
    rows = order("sequency", (32, 32))
    reached = []
    for count in (256, 768, 1000):
        operator = Hadamard((32, 32), rows[:count])
        reached.append(psnr(find(name)(operator, measured(operator, camera)), camera))
    assert (np.diff(reached) > 1).all(), reached
    assert reached[-1] > 40


@pytest.mark.parametrize("name", [name for name in HERE if name != "pinv"])
def test_each_is_better_than_the_linear_reconstruction(name, camera):
    operator = gaussian(300, (32, 32), seed=1)
    y = measured(operator, camera)
    assert psnr(find(name)(operator, y), camera) > psnr(find("pinv")(operator, y), camera) + 8


def test_pinv_is_the_pseudo_inverse(rng):
    operator = Dense(rng.normal(size=(20, 48)).astype("float32"), (8, 6))
    y = rng.normal(size=(2, 2, 3, 20)).astype("float32")
    found = find("pinv")(operator, y)
    expected = (np.linalg.pinv(operator.matrix) @ y[1, 1, 2]).reshape(8, 6)
    np.testing.assert_allclose(found[1, 8:, 12:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("name", ["ista", "fista"])
def test_thresholds_find_the_least_of_their_function(name, camera, rng):
    """Of |Y − Q Wᵀ C|² / 2 + λ |C|₁, by its optimality condition, W Qᵀ (Y − Q Wᵀ C) = λ sign C or smaller."""
    operator = gaussian(700, (32, 32))
    sensed, wavelets = Sensed(operator, y := measured(operator, camera)), Wavelets(1, (32, 32))
    found = find(name)(operator, y, iterations=300, weight=0.1)
    # 32 is a multiple of 2^levels, so W is a square matrix and C is W X.
    coefficients = wavelets.forward(found)
    slope = wavelets.forward(sensed.back(sensed.residual(found)))
    weight = 0.1 * (1 - 700 / 1024)
    assert wavelets.levels == 3
    np.testing.assert_allclose(slope[wavelets.coarse], 0, atol=2e-3)
    coefficients[wavelets.coarse] = slope[wavelets.coarse] = 0
    assert np.abs(slope).max() < 1.05 * weight
    used = np.abs(coefficients) > 1e-4
    assert 50 < used.sum() < 900
    np.testing.assert_allclose(slope[used], weight * np.sign(coefficients[used]), atol=0.05 * weight)


@pytest.mark.parametrize("shape", [(32, 48), (33, 66), (5, 7), (2, 2)])
def test_wavelets_are_an_isometry(shape, rng):
    image = rng.normal(size=(2, *shape, 1)).astype("float32")
    wavelets = Wavelets(2, shape)
    coefficients = wavelets.forward(image)
    np.testing.assert_allclose(np.linalg.norm(coefficients), np.linalg.norm(image), rtol=1e-5)
    np.testing.assert_allclose(wavelets.transpose(coefficients), image, atol=1e-5)


def gradient(image):
    down, along = (np.diff(image, axis=axis, append=np.take(image, [-1], axis)) for axis in (0, 1))
    return np.stack([down, along])


def least_total_variation(operator, y, steps):
    """Chambolle and Pock's primal-dual algorithm, which knows nothing of ADMM or of scikit-image."""
    sensed = Sensed(operator, y)
    image = shown = sensed.back(sensed.y)[0, ..., 0]
    dual = np.zeros((2, *image.shape))
    for _ in range(steps):
        dual += 3.5 * gradient(shown)
        dual /= np.maximum(1, np.sqrt(np.sum(dual**2, axis=0)))
        back = -np.diff(dual[0], axis=0, prepend=0) - np.diff(dual[1], axis=1, prepend=0)
        # The last difference of each line is 0.
        back[-1] += dual[0, -1]
        back[:, -1] += dual[1, :, -1]
        new = sensed.closest((image - 0.035 * back)[None, ..., None].astype("float32"))[0, ..., 0]
        image, shown = new, 2 * new - image
    return image


def total_variation(image):
    return np.sum(np.sqrt(np.sum(gradient(image) ** 2, axis=0)))


def test_tv_has_the_least_total_variation(camera):
    operator = gaussian(300, (32, 32))
    y = measured(operator, camera)
    found, other = tv(operator, y), least_total_variation(operator, y, 600)
    np.testing.assert_allclose(measured(operator, found), y, atol=1e-4)
    least = total_variation(other)
    assert least < total_variation(found[0, ..., 0]) < 1.03 * least
    assert total_variation(find("pinv")(operator, y)[0, ..., 0]) > 1.5 * least
    assert quality.psnr(found[0, ..., 0], other) > 32


@pytest.mark.parametrize("name", HERE)
def test_the_images_of_a_batch_are_rebuilt_as_each_alone(name, camera):
    operator = gaussian(60, (8, 8))
    y = measured(operator, np.concatenate([camera, 1 - camera]))
    np.testing.assert_allclose(find(name)(operator, y)[1:], find(name)(operator, y[1:]), atol=1e-4)


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full((1, 1, 1, 20), np.nan, "float32"), "NaN"),
        (np.zeros((1, 1, 1, 19), "float32"), "20"),
        (np.zeros((1, 20), "float32"), r"\(batch, any, any, 20\)"),
        (np.zeros((0, 1, 1, 20), "float32"), "no measurements"),
        (np.zeros((1, 1, 1, 20), int), "floating-point"),
    ],
)
def test_what_are_no_measurements_is_refused(name, y, message, rng):
    with pytest.raises(ValueError, match=message):
        find(name)(Dense(rng.normal(size=(20, 64)).astype("float32"), (8, 8)), y)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("ista", {"iterations": 0}),
        ("fista", {"weight": np.nan}),
        ("tv", {"weight": -1}),
        ("tv", {"iterations": 0}),
        ("nlm_amp", {"iterations": 0}),
    ],
)
def test_settings_out_of_range_are_refused(name, setting):
    with pytest.raises(ValueError, match=f"iterations.*{next(iter(setting.values()))}|are 0 iterations"):
        find(name)(gaussian(2, (2, 2)), np.zeros((1, 1, 1, 2), "float32"), **setting)


def test_whole_images_are_rebuilt_across_blocks(camera):
    """By those that look across; block by block it is another image."""
    model = Classical(gaussian(32, (8, 8)), "tv")
    image = camera[0, :30, :, 0]
    whole, single = (evaluation.rebuild(model, image, way) for way in ("whole", "blockwise"))
    assert whole.shape == single.shape == (30, 32)
    assert quality.psnr(whole, image) > quality.psnr(single, image)
    assert model.block_size == 8
    with pytest.raises(ValueError, match="8×4"):
        Classical(gaussian(8, (8, 4)))


def test_gaussian_rows_are_orthonormal_and_the_first_of_more():
    few, many = (gaussian(count, (6, 5), seed=3).matrix for count in (4, 30))
    np.testing.assert_allclose(many @ many.T, np.eye(30), atol=1e-5)
    np.testing.assert_allclose(few, many[:4], atol=1e-5)
    assert np.abs(gaussian(4, (6, 5), seed=4).matrix - few).max() > 0.1
    with pytest.raises(ValueError, match="31 measurements of 30"):
        gaussian(31, (6, 5))


OWN = """
def mine(operator, y):
    return operator.adjoint(y)

def small(operator, y):
    return y

def empty(operator, y):
    return operator.adjoint(y) * float("nan")

def broken(operator, y):
    raise KeyError("key")

number = 3
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.delitem(sys.modules, "own_methods", raising=False)
    (tmp_path / "own_methods.py").write_text(OWN)
    (tmp_path / "statistics.py").write_text("raise SystemExit")


def test_ones_own_method_of_the_working_folder(own, camera):
    operator = gaussian(512, (32, 32))
    y = measured(operator, camera)
    np.testing.assert_array_equal(find("own_methods:mine")(operator, y), find("pinv")(operator, y))
    assert find("statistics:mean")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("small", r"shape \(1, 1, 1, 512\), not \(1, 32, 32, 1\)"),
        ("empty", "NaN"),
        ("broken", "broken failed: KeyError: 'key'"),
        ("missing", "cannot be imported: AttributeError"),
        ("number", "no function of an operator and y, but a int"),
    ],
)
def test_what_is_wrong_with_ones_own_is_told(name, message, own, camera):
    operator = gaussian(512, (32, 32))
    with pytest.raises(ValueError, match=message):
        find(f"own_methods:{name}")(operator, measured(operator, camera))


@pytest.mark.parametrize("name", ["no_module:x", "tvv", ":x", "x:", ""])
def test_what_is_no_method_is_refused(name, own):
    with pytest.raises(ValueError, match=r"no method|cannot be imported"):
        find(name)


def test_methods_are_measured_beside_presets(rng):
    models = compared(["pinv", "amp_net.classical.amp:amp"], [10, 4.5])
    assert list(models) == [
        f"{name}_cs{ratio}" for name in ("pinv", "amp_net.classical.amp.amp") for ratio in ("10", "4.5")
    ]
    assert [model.measurements for model in models.values()] == [109, 49] * 2
    (of_phi,) = compared(["tv"], phi=np.eye(3, 16)).items()
    assert of_phi[0] == "tv_cs18.8"
    with pytest.raises(ValueError, match="not both"):
        compared(["tv"], [10], phi=np.eye(3, 16))
    (few,) = compared(["pinv"], [10]).items()
    rows = list(evaluation.evaluate([], ["samples"], methods=dict([few])))
    assert {(row["preset"], row["dataset"]) for row in rows} == {("pinv_cs10", "samples")}
