import doctest
import importlib
import pathlib

import pytest

import amp_net

PACKAGE = pathlib.Path(amp_net.__file__).parent
WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(f"amp_net.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_the_library_face_has_an_example():
    assert "measurements.measured_image" in WITH_EXAMPLES
