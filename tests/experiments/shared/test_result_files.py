import json
import shutil

import pytest

from amp_net import evaluation
from amp_net.models import presets
from experiments.shared import result_files
from tests.conftest import ROOT


@pytest.mark.parametrize("dataset", result_files.SETS)
def test_metadata_has_the_means_of_the_measured_images(dataset):
    checksums = (ROOT / "datasets" / dataset / "checksums.tsv").read_text().splitlines()
    rows = result_files.read(dataset)
    assert {row["preset"] for row in rows} <= set(presets.shipped())
    for name in presets.shipped():
        own = [row for row in rows if row["preset"] == name]
        assert {row["weights"] for row in own} <= {result_files.fingerprint(name)}
        assert len({row["image"] for row in own}) == len(own)
        finished = len(own) == len(checksums)
        expected = result_files.means(own) if finished else None
        assert presets.load_metadata(name)["results"].get(dataset) == expected


@pytest.mark.parametrize(
    "page",
    [
        *(
            f"beyond/{name}.md"
            for name in ("padding", "block_borders", "across_blocks", "across_stages", "any_ratio")
        ),
        "benchmark/bfloat16.md",
    ],
)
def test_pages_were_measured_with_the_shipped_weights(page):
    rows = (result_files.RESULTS / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row.startswith("| amp")]
    assert cells
    for _, preset, weights, *_ in cells:
        assert weights == result_files.fingerprint(preset), preset


@pytest.fixture
def a_preset(tmp_path, monkeypatch):
    """A preset of which nothing is measured, and result files that know former weights of it and others."""
    monkeypatch.setattr(result_files, "RESULTS", tmp_path)
    (tmp_path / "test_sets").mkdir()
    folder = shutil.copytree(presets.find("amp_net_cs25"), tmp_path / "a_preset")
    path = folder / presets.METADATA
    path.write_text(json.dumps({**json.loads(path.read_text()), "results": {}}))
    for module in (presets, presets.preset_folders):
        monkeypatch.setattr(module, "shipped", lambda _: {"a_preset": folder})
    figures = {"image": "a", "psnr": 1, "ssim": 1, "psnr_unclipped": 1, "psnr_y": 1}
    names = ({"preset": "a_preset", "weights": "former"}, {"preset": "another", "weights": "0"})
    result_files.write("set11", [{**figures, **name} for name in names])
    return folder


def four_images(rebuilt, when_two_are_done):
    """Stands for `evaluation.evaluate`."""

    def evaluate(names, datasets, data_dir, skip, way):
        assert way == "blockwise"
        for image in "abcd":
            if image not in skip:
                if len(rebuilt) == 2:
                    when_two_are_done()
                rebuilt.append(image)
                yield {"image": image, "psnr": 30, "ssim": 0.9, "psnr_unclipped": 29, "psnr_y": ord(image)}

    return evaluate


def test_measuring_goes_on_where_it_was_stopped(a_preset, monkeypatch):
    rebuilt = []
    stops = iter([KeyboardInterrupt])

    def stop():
        for each in stops:
            raise each

    monkeypatch.setattr(evaluation, "evaluate", four_images(rebuilt, stop))
    with pytest.raises(KeyboardInterrupt):
        result_files.complete("a_preset", "set11", None)
    means = {"images": 4, "psnr": 30, "ssim": 0.9, "psnr_unclipped": 29, "psnr_y": 98.5}
    assert presets.load_metadata("a_preset")["results"] == {}
    for _ in range(2):
        assert result_files.complete("a_preset", "set11", None) == means
        assert rebuilt == ["a", "b", "c", "d"]
        assert presets.load_metadata("a_preset")["results"] == {"set11": means}
    assert [row["preset"] for row in result_files.read("set11")] == ["a_preset"] * 4 + ["another"]


def test_a_preset_that_is_replaced_while_it_is_measured_keeps_its_own_metadata(a_preset, monkeypatch):
    path = a_preset / presets.METADATA
    metadata = json.loads(path.read_text())

    def release():
        path.write_text(json.dumps({**metadata, "weights_sha256": "f" * 64}))

    monkeypatch.setattr(evaluation, "evaluate", four_images([], release))
    with pytest.raises(ValueError, match="a_preset was replaced"):
        result_files.complete("a_preset", "set11", None)
    assert json.loads(path.read_text()) == {**metadata, "weights_sha256": "f" * 64}
    measured = result_files.measured_sha256(metadata)[:12]
    assert {row["weights"] for row in result_files.read("set11")} == {measured, "0"}


def test_results_are_of_the_weights_before_rounding_until_the_preset_is_replaced():
    metadata = {"weights_sha256": "b", "rounded": {"from_sha256": "a", "to_sha256": "b"}}
    assert result_files.measured_sha256(metadata) == "a"
    assert result_files.measured_sha256({**metadata, "weights_sha256": "c"}) == "c"
    assert result_files.measured_sha256({"weights_sha256": "b"}) == "b"
