import json
import shutil

import pytest

from amp_net import evaluation, precision, presets
from experiments import plan, result_files
from experiments.recipe import study, variants
from tests.conftest import ROOT


def test_plan_has_all_fourteen_each_after_what_it_starts_from():
    done = []
    for name, rounds in plan.plan().items():
        for arguments in rounds:
            starts = [
                argument.split("=")[1] for argument in arguments if argument.startswith("--start_from=")
            ]
            assert set(starts) <= set(done)
            done.append(name)
    ratios = (1, 4, 10, 25, 30, 40, 50)
    assert sorted(plan.plan()) == sorted(
        f"{network}_cs{ratio}" for network in ("amp_net", "ampa_net") for ratio in ratios
    )


def test_what_was_trained_by_the_plan_is_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "CHECKPOINTS", tmp_path)
    shutil.copytree(presets.find("amp_net_cs25"), tmp_path / "amp_net_cs25")
    path = tmp_path / "amp_net_cs25" / "metadata.json"
    (arguments,) = plan.plan()["amp_net_cs25"]
    for command, complete in (
        ([*arguments, "--output_dir=runs/x", "--policy=float32"], True),
        (arguments[1:], False),
        ([*arguments, "--loss_penalty=l2"], False),
    ):
        metadata = {**json.loads(path.read_text()), "command": " ".join(["python", *command])}
        path.write_text(json.dumps(metadata))
        assert plan.shipped_by("amp_net_cs25", arguments) is complete
    assert not plan.shipped_by("amp_net_cs1", arguments)


def test_a_preset_goes_through_the_rounds_that_are_left(monkeypatch):
    for shipped, left in (("first", [2, 3]), ("second", [3]), ("third", []), ("another", [1, 2, 3])):
        monkeypatch.setattr(plan, "shipped_by", lambda name, arguments, shipped=shipped: arguments == shipped)
        rounds = plan.rounds_left("x", ["first", "second", "third"])
        assert [number for number, _ in rounds] == left


def test_variants_of_the_study_change_what_they_say():
    base, _ = variants.settle({}, 10)
    for name, changes in variants.VARIANTS.items():
        config, extra = variants.settle(changes, 10)
        assert (config, extra) != variants.settle({}, 10) or name == "base"
        for key, value in changes.items():
            assert value in (getattr(config, key, None), getattr(extra, key, None), config.model.get(key))
    assert base.batch_size == 64


def test_a_variant_is_trained_and_measured(blocks, monkeypatch):
    changes = {**variants.VARIANTS["neighbour"], "batch_size": 4, "policy": "auto", "padded": 0.1}
    monkeypatch.setattr(precision, "fastest_policy", lambda: "float32")
    config, extra = variants.settle(changes, 1)
    training = (blocks * 255).astype("uint8")
    steps, psnr = study.run(config, extra, {9: 1.0}, 2, training, blocks[:8])
    assert steps == 2
    assert 5 < psnr < 60


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


def test_padding_was_measured_with_the_shipped_weights():
    rows = (result_files.RESULTS / "padding.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row.startswith("| amp")]
    assert cells
    for _, preset, weights, *_ in cells:
        assert weights == result_files.fingerprint(preset), preset


@pytest.fixture
def a_preset(tmp_path, monkeypatch):
    """A preset of which nothing is measured, and result files that know former weights of it and others."""
    monkeypatch.setattr(result_files, "RESULTS", tmp_path)
    folder = shutil.copytree(presets.find("amp_net_cs25"), tmp_path / "a_preset")
    path = folder / presets.METADATA
    path.write_text(json.dumps({**json.loads(path.read_text()), "results": {}}))
    monkeypatch.setattr(presets, "shipped", lambda: {"a_preset": folder})
    figures = {"image": "a", "psnr": 1, "ssim": 1, "psnr_unclipped": 1, "psnr_y": 1}
    names = ({"preset": "a_preset", "weights": "former"}, {"preset": "another", "weights": "0"})
    result_files.write("set11", [{**figures, **name} for name in names])
    return folder


def four_images(rebuilt, when_two_are_done):
    """Stands for `evaluation.evaluate`."""

    def evaluate(names, datasets, data_dir, skip):
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
    assert {row["weights"] for row in result_files.read("set11")} == {metadata["weights_sha256"][:12], "0"}
