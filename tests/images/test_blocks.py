import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amp_net.images import blocks

shapes = st.one_of(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 3, 4])),
)


@given(shapes, st.sampled_from(["uint8", "uint16", "float32"]), st.integers(1, 40), st.integers(0, 99))
def test_merge_inverts_split_exactly(shape, dtype, block_size, seed):
    image = (np.random.default_rng(seed).random(shape) * 250).astype(dtype)
    cut = blocks.split(image, block_size)
    channels = shape[2] if len(shape) == 3 else 1
    expected = channels * -(-shape[0] // block_size) * -(-shape[1] // block_size)
    assert cut.shape == (expected, block_size, block_size, 1)
    again = blocks.merge(cut, shape)
    assert again.dtype == image.dtype
    np.testing.assert_array_equal(again, image)


def test_padding_is_zero_at_the_right_and_below():
    cut = blocks.split(np.ones((33, 34), "uint8"))
    assert cut.shape == (2, 33, 33, 1)
    assert cut[0].all()
    assert cut[1, :, 0].all()
    assert not cut[1, :, 1:].any()


def test_a_side_that_divides_is_not_padded():
    assert blocks.split(np.ones((66, 33))).shape == (2, 33, 33, 1)


def test_blocks_come_channel_by_channel_and_row_by_row():
    image = np.arange(4 * 4 * 2).reshape(4, 4, 2)
    cut = blocks.split(image, 2)[..., 0]
    np.testing.assert_array_equal(cut[1], image[:2, 2:, 0])
    np.testing.assert_array_equal(cut[2], image[2:, :2, 0])
    np.testing.assert_array_equal(cut[4], image[:2, :2, 1])


@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 2, 2, 2)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="An image has shape"):
        blocks.split(np.zeros(shape))


def test_a_wrong_number_of_blocks_is_refused():
    with pytest.raises(ValueError, match="has 4 blocks of 33×33, not 3"):
        blocks.merge(np.zeros((3, 33, 33, 1)), (40, 40))
