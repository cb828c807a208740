import json
import shutil
import types

from amp_net import presets
from experiments import plan, train_all


def test_plan_has_all_fourteen_each_after_what_it_starts_from():
    done = []
    for name, arguments in plan.plan().items():
        starts = [argument.split("=")[1] for argument in arguments if argument.startswith("--start_from=")]
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


def test_complete_presets_are_measured_and_not_trained(monkeypatch):
    started = []
    monkeypatch.setattr(train_all, "_run", lambda module, *_: started.append(module))
    monkeypatch.setattr(train_all, "shipped_by", lambda name, arguments: name == "amp_net_cs10")
    flags = types.SimpleNamespace(preset=["amp_net_cs10", "amp_net_cs30"], data_dir=None)
    monkeypatch.setattr(train_all, "FLAGS", flags)
    train_all.main()
    assert started == [
        "experiments.results",
        "amp_net.train",
        "experiments.release",
        "experiments.results",
    ]
