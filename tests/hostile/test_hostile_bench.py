"""No file of a bench, however hostile, takes the machine or tells a lie, as in `test_hostile_files`."""

from tests.hostile.test_hostile_files import limited

INPUTS = 2250
"""At least so many; see `hostile_bench`."""


def test_every_input_is_read_as_it_is_or_refused_in_one_line():
    outcomes = limited("bench", "tests.hostile.altered_bench")
    assert not outcomes["found"], "\n".join(outcomes["found"])
    assert outcomes["inputs"] >= INPUTS
    assert outcomes["refused"] > 0.5 * outcomes["inputs"]
    # With what is imported.
    assert outcomes["megabytes"] < 1500
