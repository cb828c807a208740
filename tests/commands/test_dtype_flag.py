import pytest
from absl import flags
from absl.testing import flagsaver

from amp_net.command_flags import dtype_flag
from amp_net.training.steps import precision


@pytest.mark.parametrize(
    ("dtype", "fastest", "told"),
    [
        ("bfloat16", "float32", 1),
        ("bfloat16", "mixed_bfloat16", 0),
        ("float16", "float32", 0),
        ("float32", "float32", 0),
    ],
)
def test_a_machine_that_does_not_multiply_bfloat16_is_told_once(dtype, fastest, told, monkeypatch):
    said = []
    monkeypatch.setattr(precision, "fastest_policy", lambda: fastest)
    monkeypatch.setattr(dtype_flag.logging, "warning", said.append)
    if not flags.FLAGS.is_parsed():
        flags.FLAGS.mark_as_parsed()
    with flagsaver.flagsaver(dtype=dtype):
        assert dtype_flag.chosen() == dtype
    assert len(said) == told
    assert all("two to five times as long" in each for each in said)
