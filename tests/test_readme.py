import ast
import re
import warnings

import numpy as np
import pytest

from amp_net import AMPNet, __version__, images
from amp_net.tensorflow.exchange_formats import export_to
from amp_net.tensorflow.saved_model import export_saved_model
from experiments.paper.readme_results import rounds, tables, with_results
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/**/*.md")]
}
LINKS = [
    (page, link)
    for page, text in PAGES.items()
    for link in re.findall(r"\]\((?!http)([^)#]+)(?:#[^)]*)?\)", text)
]


FLOORS = [
    {"demonstration"},
    {"demonstration.computed"},
    {"evaluation.report"},
    {"batch", "command_flags", "evaluation", "training"},
    {"training.steps"},
    {"training.data"},
    {"bench"},
    {"classical", "measurements"},
    {"classical.denoising"},
    {"classical.transforms"},
    {"models"},
    {"models.presets", "models.rivals"},
    {"models.fixed", "models.learning"},
    {"models.inputs"},
    {"photographs"},
    {"layers", "images", "operators"},
    {"images.formats", "layers.beyond", "layers.denoiser"},
    {"command_line"},
    {"storage"},
    {"storage.disk"},
]
"""The rooms of the library, top to bottom; `tensorflow` is reached through `models.forms`."""


def code(language):
    pages = [text for page, text in PAGES.items() if page.startswith(("README", "docs/"))]
    return [block for text in pages for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120
    assert len(README.encode()) <= 8000


def test_the_version_is_the_same_everywhere():
    def version(path, pattern):
        return re.search(pattern, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)[1]

    assert version("setup.py", r'version="(.+)"') == __version__
    assert version("CITATION.cff", r"^version: (.+)$") == __version__
    assert version("CHANGELOG.md", r"^## (\S+)") == __version__


def test_ci_runs_the_test_command_of_the_readme():
    (line,) = [line for block in code("bash") for line in block.splitlines() if line.endswith("-m pytest")]
    assert line in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_fit_example_runs_in_ten_lines(tmp_path, monkeypatch):
    (example,) = [block for block in code("python") if "model.fit(" in block]
    assert len(example.splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        exec(example, names)
    assert names["model"].evaluate(names["blocks"], verbose=0, return_dict=True)["psnr"] > 15


def test_the_fit_example_of_the_network_for_all_ratios_runs():
    (example,) = [block for block in code("python") if "network.fit(" in block]
    names = {}
    exec(example, names)
    assert names["network"].optimizer.iterations == 2


def test_the_examples_of_images_and_of_phi_run(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    images.write("photograph.png", rng.integers(0, 256, (40, 70), "uint8"))
    for marker in ("photograph.png", "phi.npy"):
        (example,) = [block for block in code("python") if marker in block]
        exec(example, {})
    assert images.read("rebuilt.png").shape == (40, 70)
    assert np.load("phi.npy").shape == (272, 1089)


def room_of(parts, rooms):
    """The innermost room on the way to a module, or ""."""
    ways = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((way for way in ways if way in rooms), "")


def test_imports_point_one_way():
    """A room imports from rooms below it alone, and no part of the library commands or experiments."""
    package = ROOT / "amp_net"
    floor_of = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    folders = {path.parent.relative_to(package) for path in package.rglob("*/__init__.py")}
    rooms = {".".join(folder.parts) for folder in folders} - {""}
    of_its_own = {"tensorflow", "tensorflow.merged", "datasets", "checkpoints"}
    assert rooms - of_its_own == {*floor_of}
    commands = {path.stem for path in package.glob("*.py") if "cli.run(" in path.read_text()}
    assert len(commands) >= 6
    for path in package.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
        named = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
        ours = {name for name in named if name.split(".")[0] in ("amp_net", "experiments", "tests")}
        assert not {name for name in ours if name.split(".")[0] != "amp_net"}, path
        assert not {name for name in ours if name.split(".")[1] in commands}, path
        here = room_of(path.parent.relative_to(package).parts, rooms)
        if here.partition(".")[0] == "layers":
            assert all(name.startswith("amp_net.layers.") for name in ours), path
        for there in {room_of(name.split(".")[1:], rooms) for name in ours} & {*floor_of} - {here}:
            assert here not in floor_of or floor_of[there] > floor_of[here], f"{path} imports from {there}"


def test_no_room_holds_more_than_nine_files():
    for top in ("amp_net", "experiments"):
        for folder in {path.parent for path in (ROOT / top).rglob("*.py")}:
            names = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")]
            assert len(names) <= 9, f"{folder} holds {len(names)} files"


def test_the_examples_of_exported_networks_run(tmp_path, monkeypatch):
    model = AMPNet(stages=1, channels=8)
    export_saved_model(model, tmp_path / "exported" / "1")
    for kind in ("tflite", "onnx"):
        export_to(model, kind, tmp_path / "exported" / f"reconstruct.{kind}")
    examples = [block for block in code("python") if "exported/" in block]
    assert len(examples) == 3
    monkeypatch.chdir(tmp_path)
    names = {}
    for example in examples:
        exec(example, names)
        np.testing.assert_allclose(names["blocks"], model.reconstruct(names["y"]), atol=1e-4)
    shape = names["runner"].get_input_details()["measurements"]["shape_signature"]
    assert shape.tolist() == [-1, model.measurements]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_links_lead_somewhere(page, link):
    assert ((ROOT / page).parent / link).is_file()


def test_trainings_of_a_preset_are_told_apart_from_that_of_its_neighbour():
    neighbour = {"command": "python -m amp_net.train --steps=9", "started_from": None}
    first = {"command": "python -m amp_net.train --start_from=one --cs_ratio=4", "started_from": neighbour}
    second = {"command": "python -m amp_net.train --cs_ratio=4 --start_from=two", "started_from": first}
    assert rounds({"name": "one", **neighbour}) == [{"name": "one", **neighbour}]
    assert rounds({"name": "two", **first}) == [{"name": "two", **first}]
    assert rounds({"name": "two", **second}) == [first, {"name": "two", **second}]


def test_tables_of_results_are_the_generated_ones():
    written = tables()
    assert [path.relative_to(ROOT).as_posix() for path in written] == [
        "README.md",
        "docs/results.md",
        "docs/guides/any_ratio.md",
    ]
    for path, results in written.items():
        page = path.read_text(encoding="utf-8")
        assert with_results(page, results) == page
