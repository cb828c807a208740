import io

import numpy as np
import PIL.Image
import pytest

from amp_net.bench.mirrors import Mirrors, png


def test_a_pixel_is_a_square_of_mirrors_in_the_middle_of_the_device(rng):
    pattern = rng.integers(0, 2, (3, 4)).astype("float32")
    mirrors = Mirrors((3, 4), (10, 16))
    assert mirrors.scale == 3
    shown = mirrors.on(pattern)
    expected = np.zeros((10, 16), bool)
    # Of an odd rest, the middle lies within a mirror.
    expected[0:9, 2:14] = np.kron(pattern, np.ones((3, 3)))
    moved = np.roll(expected, 1, axis=0)
    assert np.array_equal(shown, expected) or np.array_equal(shown, moved)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_quarter_turn_is_one(rotation, rng):
    pattern = rng.integers(0, 2, (4, 4)).astype("float32")
    upright = Mirrors((4, 4), (20, 20), 5).on(pattern)
    turned = Mirrors((4, 4), (20, 20), 5, rotation).on(pattern)
    np.testing.assert_array_equal(turned, np.rot90(upright, rotation // 90))


def test_any_angle_shows_all_of_the_pattern():
    pattern = np.zeros((8, 8), "float32")
    pattern[2, 5] = 1
    mirrors = Mirrors((8, 8), (300, 300), 20, 45)
    shown = mirrors.on(pattern)
    assert abs(shown.sum() - 400) < 10
    # Right of and above the middle, turned to the left by 45°, is above it.
    rows, columns = np.nonzero(shown)
    assert abs(columns.mean() - 149.5) < 1
    assert abs(rows.mean() - (149.5 - 30 * 2**0.5)) < 1
    assert abs(mirrors.on(np.ones((8, 8))).sum() - 160**2) < 200


def test_grey_levels_are_a_part_of_the_mirrors(rng):
    levels = rng.random((5, 6)).astype("float32")
    mirrors = Mirrors((5, 6), (35, 42))
    shown = mirrors.on(levels).reshape(5, 7, 6, 7).mean((1, 3))
    np.testing.assert_allclose(shown, mirrors.shows(levels), atol=1e-6)
    assert np.abs(shown - levels).max() <= 0.5 / 49 + 1e-6
    assert mirrors.on(np.ones((5, 6))).all()
    assert not mirrors.on(np.zeros((5, 6))).any()


def test_the_images_have_one_bit(rng):
    mirrors = rng.integers(0, 2, (17, 30)).astype(bool)
    content = png(mirrors)
    assert content[24] == 1
    np.testing.assert_array_equal(np.asarray(PIL.Image.open(io.BytesIO(content))), mirrors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((64, 64), (48, 100)), "need 64×64 mirrors; the device has 48×100"),
        (((64, 64), (100, 100), 2), "with 2 mirrors along each"),
        (((64, 64), (70, 70), None, 45), "need 91×91"),
        (((4, 4), (2**14, 2**14)), "more than"),
        (((4, 4), None, None, float("nan")), "rotation is nan"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Mirrors(*arguments)
