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


ROOMS = ("amp_net", *(f"amp_net.{name}" for name in ("bench", "layers", "measurements", "operators")))
"""Whose `__all__` names public classes."""
OTHERS = (
    "classical.at_operator.Classical",
    "models.any_phi.AnyPhiAMPNet",
    "models.any_ratio.AnyRatioAMPNet",
    "models.fixed.at_operator.AtOperator",
    "models.fixed.at_ratio.AtRatio",
    "models.fixed.optimized.OptimizedAMPNet",
    "models.learning.kernel_muon.KernelMuon",
    "photographs.own_photographs.GivenPhotographs",
    "photographs.own_photographs.OwnPhotographs",
    "training.config.TrainingConfig",
)
"""Public classes that stand in modules."""


def public_classes():
    for room in map(importlib.import_module, ROOMS):
        yield from (each for each in (getattr(room, name) for name in room.__all__) if isinstance(each, type))
    for place in OTHERS:
        module, _, name = place.rpartition(".")
        yield getattr(importlib.import_module(f"amp_net.{module}"), name)


def test_every_public_class_has_an_example():
    found = [*public_classes()]
    assert len(found) > 25
    assert [each.__name__ for each in found if ">>> " not in each.__doc__] == []


def test_the_library_face_has_an_example():
    assert "measurements.measured_image" in WITH_EXAMPLES
