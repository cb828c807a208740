import itertools

import numpy as np
import pytest

from amp_net.training.data import crops
from amp_net.training.data.batches import training_dataset, validation_dataset
from amp_net.training.data.principal_components import principal_components


@pytest.fixture
def photographs(rng):
    return [rng.integers(0, 256, shape, "uint8") for shape in ((40, 50), (33, 33, 3), (20, 90), (60, 35, 3))]


@pytest.fixture
def stored(rng):
    return rng.integers(0, 256, (20, 9, 9, 1), "uint8")


def batches(dataset, count):
    return [np.asarray(batch) for batch in itertools.islice(dataset, count)]


def test_crops_are_places_of_the_photographs(photographs):
    cut = crops.crop_blocks(photographs[:1], 50, seed=1)
    assert cut.shape == (50, 33, 33, 1)
    assert cut.dtype == np.uint8
    windows = np.lib.stride_tricks.sliding_window_view(photographs[0], (33, 33)).reshape(-1, 33 * 33)
    found = {window.tobytes() for window in windows}
    assert all(crop.tobytes() in found for crop in cut)
    assert len({crop.tobytes() for crop in cut}) > 20


def test_crops_depend_on_the_seed_alone(photographs):
    first, again, other = (crops.crop_blocks(photographs, 9, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_photographs_smaller_than_a_block_are_refused(photographs):
    with pytest.raises(ValueError, match="None of the 1 photographs holds a block of side 33"):
        crops.crop_blocks(photographs[2:3], 9, seed=1)


def test_no_held_out_photograph_is_trained_on(photographs):
    twice = [*photographs, *photographs]
    kept, held_out = crops.hold_out(twice, 2, seed=4)
    assert (len(kept), len(held_out)) == (2, 2)
    contents = [image.tobytes() for image in (*kept, *held_out)]
    assert sorted(contents) == sorted(image.tobytes() for image in photographs)


def test_holding_out_everything_is_refused(photographs):
    with pytest.raises(ValueError, match="Of 4 distinct photographs 4 cannot be held out"):
        crops.hold_out(photographs, 4, seed=1)


@pytest.mark.parametrize("settings", [{}, {"augment": True, "padded": 0.5}])
def test_a_later_start_sees_what_it_would_have_seen(settings, stored):
    whole = batches(training_dataset(stored, 6, seed=1, **settings), 9)
    rest = batches(training_dataset(stored, 6, seed=1, first_step=4, **settings), 5)
    np.testing.assert_array_equal(whole[4:], rest)


def test_each_pass_sees_every_block_once_in_another_order(stored):
    first, second = batches(training_dataset(stored, 20, seed=1), 2)
    whole = sorted(block.tobytes() for block in stored.astype("float32") / 255)
    for one_pass in (first, second):
        assert sorted(block.tobytes() for block in one_pass) == whole
    assert (first != second).any()


def test_augmentation_gives_all_eight_symmetries_and_nothing_else(stored):
    block = stored[:1]
    seen = np.concatenate(batches(training_dataset(block, 1, seed=1, augment=True), 200))
    plane = block[0, ..., 0].astype("float32") / 255
    symmetries = {np.rot90(turned, k).tobytes() for turned in (plane, plane[:, ::-1]) for k in range(4)}
    assert {each[..., 0].tobytes() for each in seen} == symmetries


def test_padded_blocks_end_in_zeros_as_the_last_blocks_of_an_image():
    stored = np.full((20, 9, 9, 1), 255, "uint8")
    dataset = training_dataset(stored, 20, seed=1, augment=True, padded=0.2)
    seen = np.concatenate(batches(dataset, 100))[..., 0]
    rows, columns = seen[:, :, 0].sum(1).astype(int), seen[:, 0].sum(1).astype(int)
    for block, height, width in zip(seen, rows, columns, strict=True):
        expected = np.zeros((9, 9))
        expected[:height, :width] = 1
        np.testing.assert_array_equal(block, expected)
    assert set(rows) == set(columns) == set(range(1, 10))
    # Four standard deviations of 2000 draws.
    assert np.mean(rows < 9) == pytest.approx(0.2, abs=0.036)
    assert np.mean(columns < 9) == pytest.approx(0.2, abs=0.036)
    assert np.mean((rows < 9) & (columns < 9)) == pytest.approx(0.04, abs=0.018)


def test_padding_leaves_the_other_draws_as_they_are(stored):
    plain, padded = (
        np.concatenate(batches(training_dataset(stored, 20, 1, augment=True, padded=share), 5))
        for share in (0, 0.3)
    )
    assert ((padded == plain) | (padded == 0)).all()
    assert (padded != plain).any()


def test_a_batch_larger_than_the_data_is_refused(stored):
    with pytest.raises(ValueError, match="batch size is 21; it must be from 1 to the 20 blocks"):
        training_dataset(stored, 21, seed=1)


def test_principal_components_keep_the_most_energy(blocks):
    matrix = principal_components((blocks * 255).astype("uint8"), 5)
    flat = np.round(blocks * 255 - 0.5).reshape(len(blocks), -1)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(5), atol=1e-5)
    singular = np.linalg.svd(flat, compute_uv=False)
    assert np.sum((flat @ matrix.T) ** 2) == pytest.approx(np.sum(singular[:5] ** 2), rel=1e-3)


def test_too_few_blocks_for_the_components_are_refused(blocks):
    with pytest.raises(
        ValueError, match="41 principal components need at least as many blocks; there are 40"
    ):
        principal_components(blocks, 41)


def test_iterators_do_not_wait_for_the_tuning_thread():
    stored = np.zeros((8, 33, 33, 1), "uint8")
    for dataset in (
        training_dataset(stored, 4, 1),
        validation_dataset(stored, 4),
    ):
        assert dataset.options().autotune.enabled is False


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((40, 40), 0.5, "float32"), "float32 of shape"),
        (np.full((40, 40), 300, "uint16"), "uint16 of shape"),
        (np.zeros((40, 40, 4), "uint8"), r"\(40, 40, 4\)"),
        (np.zeros((40, 40), "uint8"), "one grey level 0"),
    ],
)
def test_photographs_that_are_none_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        crops.crop_blocks([image], 9, seed=1)


def test_more_blocks_than_fit_into_the_memory_are_refused(photographs):
    with pytest.raises(ValueError, match=r"1000000000000 blocks .* do not fit into the memory"):
        crops.crop_blocks(photographs[:1], 10**12, seed=1)
