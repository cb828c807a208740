import json
import shutil
import types

from amp_net import AMPNet
from amp_net.models import presets
from experiments.recipe import plan, train_all
from tests.conftest import ROOT


def test_plan_has_all_fourteen_each_after_what_it_starts_from():
    done = []
    for name, rounds in plan.plan().items():
        for arguments in rounds:
            starts = [given.split("=")[1] for given in arguments if given.startswith("--start_from=")]
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
    arguments, _ = plan.plan()["amp_net_cs25"]
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
    monkeypatch.setattr(train_all, "_run", lambda module, *arguments: started.append((module, *arguments)))
    shipped = {"amp_net_cs10": 2, "ampa_net_cs30": 1}
    recipe = plan.plan()
    monkeypatch.setattr(
        plan, "shipped_by", lambda name, arguments: arguments in recipe[name][: shipped.get(name, 0)]
    )
    flags = types.SimpleNamespace(preset=["amp_net_cs10", "ampa_net_cs30", "ampa_net_cs50"], data_dir=None)
    monkeypatch.setattr(train_all, "FLAGS", flags)
    train_all.main()
    assert [module.split(".")[-1] for module, *_ in started] == [
        *["results"],
        *["train", "release", "results"],
        *["train", "release", "train", "release", "results"],
    ]
    trained = [arguments for module, *arguments in started if module == "amp_net.train"]
    assert trained == [
        [*recipe["ampa_net_cs30"][1], "--output_dir=runs/ampa_net_cs30_round2"],
        [*recipe["ampa_net_cs50"][0], "--output_dir=runs/ampa_net_cs50"],
        [*recipe["ampa_net_cs50"][1], "--output_dir=runs/ampa_net_cs50_round2"],
    ]


def test_a_preset_goes_through_the_rounds_that_are_left(monkeypatch):
    for shipped, left in (("first", [2, 3]), ("second", [3]), ("third", []), ("another", [1, 2, 3])):
        monkeypatch.setattr(plan, "shipped_by", lambda name, arguments, shipped=shipped: arguments == shipped)
        rounds = plan.rounds_left("x", ["first", "second", "third"])
        assert [number for number, _ in rounds] == left


def test_both_kinds_of_network_are_trained_for_as_many_steps_at_the_other_ratios():
    def steps(name):
        flags = [argument for arguments in plan.plan()[name] for argument in arguments]
        return [int(flag.split("=")[1]) for flag in flags if flag.startswith("--steps=")]

    for ratio in plan.NEIGHBOUR:
        assert sum(steps(f"amp_net_cs{ratio}")) == sum(steps(f"ampa_net_cs{ratio}")) == 4000


def test_a_second_round_is_shipped_if_it_has_come_further(tmp_path, program):
    shipped, model = tmp_path / "checkpoints" / "mine", AMPNet(stages=1, channels=4)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")

    def making(start, psnr):
        return {"training": {"start_from": start}, "results": {"validation_psnr": psnr}, "command": str(psnr)}

    for start, psnr, kept in (
        ("other", 30.0, "30.0"),
        ("mine", 30.1, "30.1"),
        ("mine", 30.1, "30.1"),
        ("mine", 29.9, "30.1"),
    ):
        model.save_to_preset(tmp_path / "run" / "best", making(start, psnr))
        (tmp_path / "run" / "history.csv").write_text(f"step,val_psnr\n1,{psnr}\n")
        done = program("-m", "experiments.recipe.release", "--run=run", "--preset=mine")
        assert done.returncode == 0, done.stderr
        assert presets.load_metadata(shipped)["command"] == kept
        assert (shipped / "curve.csv").read_text().endswith(f"1,{kept}\n")
    assert done.stdout.startswith("mine stays as it is, at 30.1 dB")
