import cv2
import jax
import numpy as np
import pytest
from keras import Variable

from amp_net.models import presets
from amp_net.models.any_ratio import AnyRatioAMPNet
from amp_net.models.learning.kernel_muon import KernelMuon
from amp_net.storage import texts
from experiments.accelerator import updates
from experiments.accelerator.windows import Windows, draw_counts, whole
from experiments.shared.trainings.photographs import read_folder
from tests.backends.under_backend import run_under
from tests.conftest import smooth_blocks


def test_windows_are_turned_places_of_the_photographs(rng):
    photographs = [rng.integers(0, 256, (20, 30), "uint8"), rng.integers(0, 256, (9, 12), "uint8")]
    windows = np.asarray(Windows(photographs, side=8, padded=0.0).draw(jax.random.PRNGKey(3), 40))
    assert windows.shape == (40, 8, 8, 1)
    places = {
        np.ascontiguousarray(turned).tobytes()
        for photograph in photographs
        for window in np.lib.stride_tricks.sliding_window_view(photograph, (8, 8)).reshape(-1, 8, 8)
        for straight in (window, window.T)
        for turned in (straight, straight[::-1], straight[:, ::-1], straight[::-1, ::-1])
    }
    found = [np.round(window[..., 0] * 255).astype("uint8").tobytes() in places for window in windows]
    # The others are of the smaller copies.
    assert 20 < sum(found) < 40


def test_some_windows_end_in_zeros(rng):
    photograph = rng.integers(1, 256, (40, 40), "uint8")
    windows = np.asarray(
        Windows([photograph], side=16, block_size=8, padded=0.5).draw(jax.random.PRNGKey(3), 40)
    )
    lost = (windows == 0).all((1, 3)).sum(1)
    assert 5 < (lost > 0).sum() < 35
    assert lost.max() < 8


def test_m_is_drawn_from_the_whole_range():
    counts = np.asarray(draw_counts(jax.random.PRNGKey(3), 2000, 10, 545))
    assert (counts.min(), counts.max()) >= (10, 500)
    assert counts.max() <= 545
    assert 0.5 < np.mean(counts < 278) < 0.9


def test_whole_images_are_filled_up_and_portraits_turned(rng):
    photographs = [rng.integers(0, 256, shape, "uint8") for shape in ((10, 14), (14, 10))]
    images, size = whole(photographs, block_size=8)
    assert images.shape == (2, 16, 16, 1)
    assert size == (10, 14)
    np.testing.assert_allclose(images[1, :10, :14, 0], photographs[1].T / 255, atol=1e-6)
    assert not images[:, 10:].any()


def test_a_folder_without_photographs_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no photographs"):
        read_folder(tmp_path)


def test_updates_are_those_of_kernel_muon(rng):
    shapes = [(3, 3, 8, 16), (3, 3, 8, 16), (3, 3, 16, 8), (20, 5), (7,), (3, 3, 2, 8)]
    start = [rng.normal(0, 0.1, shape).astype("float32") for shape in shapes]
    variables = [Variable(value) for value in start]
    optimizer = KernelMuon(1e-2, global_clipnorm=1.0)
    optimizer.build(variables)
    weights, state = [jax.numpy.asarray(value) for value in start], updates.start(start)
    for _ in range(3):
        gradients = [rng.normal(0, 1, shape).astype("float32") for shape in shapes]
        optimizer.apply(gradients, variables)
        weights, state, _ = updates.apply(weights, gradients, state, 1e-2, 1.0)
    for variable, weight, before in zip(variables, weights, start, strict=True):
        assert np.abs(weight - before).max() > 1e-3
        np.testing.assert_allclose(weight, variable.numpy(), atol=2e-5)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a short training of a small network that goes on from a preset with a binary Φ."""
    folder = tmp_path_factory.mktemp("accelerator")
    for name, blocks in (("train", smooth_blocks()[:12]), ("held_out", smooth_blocks()[12:16])):
        (folder / name).mkdir()
        for number, block in enumerate(blocks):
            large = cv2.resize(np.round(255 * block[..., 0]).astype("uint8"), (66, 66))
            cv2.imwrite(str(folder / name / f"{number}.png"), large)
    AnyRatioAMPNet(stages=1, channels=4, blocks=1).save_to_preset(folder / "real")
    flags = ["--part=train", "--minutes=0", "--batch=2", "--side=33", "--decay=0", "--binary"]
    given = [f"--{name}={folder / place}" for name, place in PLACES.items()]
    done = run_under("jax", "experiments.accelerator", *flags, *given)
    assert done.returncode == 0, done.stderr
    return folder


PLACES = {"start_from": "real", "photographs": "train", "held_out": "held_out", "output_dir": "out"}


def test_a_short_training_with_a_binary_phi_gets_better(trained):
    rows = texts.read_csv(trained / "out" / "curve.csv")
    assert [int(row["step"]) for row in rows] == [0, 50, 100]
    for ratio in (10, 25, 50):
        assert float(rows[-1][f"psnr_{ratio}"]) > float(rows[0][f"psnr_{ratio}"]) + 1


def test_a_training_starts_from_a_preset_and_makes_one(trained):
    before, after = (AnyRatioAMPNet.from_preset(trained / name) for name in ("real", "out/preset"))
    assert (before.sensing.binary, after.sensing.binary) == (False, True)
    assert after.get_config()["channels"] == 4
    same = np.sign(before.sensing.matrix) == np.sign(after.sensing.matrix)
    # A training anew would share half of the signs.
    assert 0.8 < same.mean() < 1
    metadata = presets.load_metadata(trained / "out" / "preset")
    assert metadata["steps"] == 100
    assert "--binary" in metadata["command"]
    with np.load(trained / "out" / "final.npz") as final:
        kernel = np.asarray(final["sensing/kernel"])
    np.testing.assert_array_equal(np.sign(kernel.T) * np.float32(1 / 33), after.sensing.matrix)
