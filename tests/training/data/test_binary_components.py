import numpy as np
import pytest

from amp_net.training.data.binary_components import LEADING, binary_components
from amp_net.training.data.principal_components import second_moment


@pytest.fixture(scope="module")
def moment():
    """Of smooth blocks of 6×6, as those of photographs are."""
    random = np.random.default_rng(5)
    blocks = np.cumsum(np.cumsum(random.standard_normal((400, 6, 6, 1)), axis=1), axis=2)
    return second_moment(blocks)


def left(moment, rows):
    """The share of the energy outside of what rows span."""
    basis = np.linalg.qr(rows.T.astype("float64"))[0]
    return 1 - np.trace(basis.T @ moment @ basis) / np.trace(moment)


def test_each_first_rows_leave_what_is_told(moment):
    rows, shares = binary_components(moment, 12)
    assert rows.shape == (12, 36)
    assert rows.dtype == np.int8
    assert set(np.unique(rows)) == {-1, 1}
    for count in (1, 5, 12):
        assert shares[count - 1] == pytest.approx(left(moment, rows[:count]), rel=1e-6)


def test_they_are_near_the_principal_components_and_far_from_chance(moment):
    _, shares = binary_components(moment, 12)
    strongest = np.linalg.eigvalsh(moment)[::-1]
    best = 1 - np.cumsum(strongest)[:12] / strongest.sum()
    assert (shares > best * (1 - 1e-9)).all()
    assert (shares < 3 * best).all()
    chance = np.random.default_rng(1).choice((-1, 1), (12, 36))
    assert shares[-1] < left(moment, chance) / 10


def test_no_single_sign_turned_keeps_more(moment):
    rows, shares = binary_components(moment, 1)
    for place in range(36):
        turned = rows.copy()
        turned[0, place] *= -1
        assert left(moment, turned) > shares[0] * (1 - 1e-9)


def test_a_seed_gives_the_same_rows(moment):
    np.testing.assert_array_equal(binary_components(moment, 4)[0], binary_components(moment, 4)[0])


def test_too_many_rows_are_refused(moment):
    with pytest.raises(ValueError, match="29 patterns of 36 pixels are too many; give 28 at most"):
        binary_components(moment, 36 - LEADING + 1)
