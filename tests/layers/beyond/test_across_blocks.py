import numpy as np
import pytest

from amp_net.images.blocks import split
from amp_net.layers import AcrossBlocks
from amp_net.layers.beyond.across_blocks import TURNS, turned, turned_back


def test_joined_blocks_are_the_images_and_are_parted_again(rng):
    images = rng.random((2, 18, 27, 1)).astype("float32")
    blocks = np.concatenate([split(image, 9) for image in images])
    across = AcrossBlocks(2, 3, 9)
    np.testing.assert_array_equal(across.joined(blocks), images)
    np.testing.assert_array_equal(across.split(images), blocks)


def test_turns_are_the_eight_of_a_square(rng):
    image = rng.random((6, 9)).astype("float32")
    expected = {np.rot90(start, k).tobytes() for k in range(4) for start in (image, image[:, ::-1])}
    found = [np.asarray(turned(image[None, ..., None], turn)) for turn in TURNS]
    assert {each[0, ..., 0].tobytes() for each in found} == expected
    assert {each.shape[1:3] for each in found} == {(6, 9), (9, 6)}
    np.testing.assert_array_equal(found[0][0, ..., 0], image)


@pytest.mark.parametrize("turn", TURNS)
def test_what_is_turned_is_turned_back(turn, rng):
    images = rng.random((2, 6, 9, 3)).astype("float32")
    np.testing.assert_array_equal(turned_back(turned(images, turn), turn), images)
    blocks = rng.random((12, 3, 3, 1)).astype("float32")
    across = AcrossBlocks(2, 3, 3, turn)
    np.testing.assert_array_equal(across.split_shown(across.shown(blocks)), blocks)
