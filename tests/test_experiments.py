import json
import shutil

import pytest

from amp_net import precision, presets
from experiments import plan, result_files
from experiments.recipe import study, variants
from tests.conftest import ROOT


def test_plan_has_all_fourteen_each_after_what_it_starts_from():
    done = []
    for name, arguments in plan.plan().items():
        starts = [argument.split("=")[1] for argument in arguments if argument.startswith("--start_from=")]
        assert set(starts) <= set(done)
        done.append(name)
    ratios = (1, 4, 10, 25, 30, 40, 50)
    assert sorted(done) == sorted(
        f"{network}_cs{ratio}" for network in ("amp_net", "ampa_net") for ratio in ratios
    )


def test_what_was_trained_by_the_plan_is_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "CHECKPOINTS", tmp_path)
    shutil.copytree(presets.find("amp_net_cs25"), tmp_path / "amp_net_cs25")
    path = tmp_path / "amp_net_cs25" / "metadata.json"
    arguments = plan.plan()["amp_net_cs25"]
    for command, complete in (
        ([*arguments, "--output_dir=runs/x", "--policy=float32"], True),
        (arguments[1:], False),
        ([*arguments, "--loss_penalty=l2"], False),
    ):
        metadata = {**json.loads(path.read_text()), "command": " ".join(["python", *command])}
        path.write_text(json.dumps(metadata))
        assert plan.shipped_by("amp_net_cs25", arguments) is complete
    assert not plan.shipped_by("amp_net_cs1", arguments)


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
    rows = result_files.read(dataset)
    assert {row["preset"] for row in rows} == {
        name for name in presets.shipped() if dataset in presets.load_metadata(name)["results"]
    }
    for preset in {row["preset"] for row in rows}:
        own = [row for row in rows if row["preset"] == preset]
        assert {row["weights"] for row in own} == {result_files.fingerprint(preset)}
        assert presets.load_metadata(preset)["results"][dataset] == result_files.means(own)
        checksums = (ROOT / "datasets" / dataset / "checksums.tsv").read_text().splitlines()
        assert len(own) == len(checksums)
