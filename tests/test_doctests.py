import ast
import doctest
import importlib
import itertools
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


WITHOUT_EXAMPLES = {
    "has no use but in its subclasses": (
        *("models.learning.trained_alone.TrainedAlone", "models.learning.trained_on_blocks.TrainedOnBlocks"),
        *("models.learning.trained_on_windows.TrainedOnWindows", "models.rivals.full_conv.AcrossRival"),
        *("models.rivals.rival.Rival", "models.stored.Stored", "training.steps.devices.OneDevice"),
    ),
    "names the values that one function gives or takes": (
        *("batch.conversions.Converted", "bench.detector.Measured", "command_line.progress.Shown"),
        *("demonstration.computed.bench_files.Settings", "demonstration.computed.bench_files.Understood"),
        *("demonstration.computed.side_by_side.Rebuilt", "training.settled.Settled"),
        *("images.formats.image_descriptions.Description", "training.steps.devices.Parts"),
        *("models.learning.trained_on_windows.Draws", "training.steps.fitting.Course"),
    ),
    "is a step of a Beam pipeline": ("batch.beam_pipeline.Convert",),
    "is the form of another, which has one, for a backend": (
        *("tensorflow.optimized.ConstantCNN", "tensorflow.optimized.MergedAMPNet"),
        *("tensorflow.training_steps.EveryBatchChecked", "tensorflow.training_steps.TrainedOnBlocks"),
        *("tensorflow.training_steps.TrainedOnWindows", "training.steps.devices.OneJaxDevice"),
        *("training.steps.devices.Replicas", "training.steps.jax_steps.JaxSteps"),
    ),
    "is an error": (
        "images.formats.limits.TooLargeError",
        "images.formats.two_meanings.TwoMeaningsError",
    ),
}
"""Classes, by why."""


def public_classes():
    """The docstrings of the package's classes, by their place in it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}", ast.get_docstring(node) or ""


def test_every_public_class_has_an_example():
    found = dict(public_classes())
    assert len(found) > 90
    without = {place for place, text in found.items() if ">>> " not in text}
    assert without == {*itertools.chain(*WITHOUT_EXAMPLES.values())}


def test_the_library_face_has_an_example():
    assert "measurements.measured_image" in WITH_EXAMPLES
