import dataclasses
import json
import resource
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.storage.disk import files
from amp_net.training.run import train
from tests.conftest import ROOT
from tests.small_configs import SMALL as CONFIG
from tests.training.small_run import KilledError, kill_at_step, losses


def test_the_run_folder_holds_what_was_promised(whole):
    settled = dataclasses.replace(CONFIG, held_out_seed=CONFIG.seed)
    assert json.loads((whole / "config.json").read_text()) == dataclasses.asdict(settled)
    metadata = presets.load_metadata(whole / "best")
    assert metadata["training"]["seed"] == CONFIG.seed
    assert metadata["steps"] in {3, 6, 9, 12}
    assert AMPNet.from_preset(whole / "best").get_config()["channels"] == 4
    table = (whole / "history.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in table] == ["step", "3", "6", "9", "12"]
    assert len(list((whole / "state").glob("*.json"))) == 2
    assert list(whole.glob("logs/validation/events*"))


def test_tensorboard_shows_reconstructed_blocks(whole):
    events = [
        event
        for file in (whole / "logs" / "validation").glob("events*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
    ]
    pictures = [
        tf.io.decode_png(value.tensor.string_val[2])
        for event in events
        for value in event.summary.value
        if value.tag == "original above reconstruction"
    ]
    assert len(pictures) == 4
    assert pictures[0].shape == (66, 8 * 33, 1)


@pytest.mark.parametrize("step", [2, 8])
def test_a_killed_training_goes_on_as_if_nothing_had_happened(step, whole, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        kill_at_step(patch, step)
        with pytest.raises(KilledError):
            train(CONFIG, folder, verbose=0)
    train(CONFIG, folder, verbose=0)
    for one, other in zip(losses(folder), losses(whole), strict=True):
        assert one == pytest.approx(other, rel=1e-6)
    for one, other in zip(
        AMPNet.from_preset(folder / "best").get_weights(),
        AMPNet.from_preset(whole / "best").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("writes", [0, 1])
def test_a_training_killed_while_it_saves_goes_on(writes, whole, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    real, states = files.write, []

    def dying(path, content):
        if path.parent.name == "state":
            states.append(path)
            if len(states) > writes:
                raise KilledError
        real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", dying)
        with pytest.raises(KilledError):
            train(CONFIG, folder, verbose=0)
    train(CONFIG, folder, verbose=0)
    for one, other in zip(losses(folder), losses(whole), strict=True):
        assert one == pytest.approx(other, rel=1e-6)


def test_a_full_disk_is_told_and_the_training_goes_on_once_there_is_room(whole, tmp_path):
    folder = tmp_path / "run"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As a full disk does, it lets a file grow so far and no further; here the presets fit, the states do not.
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, before[1]))
    try:
        with pytest.raises(
            ValueError, match=r"state/step_00000003\.weights\.h5 cannot be written: File too large"
        ):
            train(CONFIG, folder, verbose=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    train(CONFIG, folder, verbose=0)
    for one, other in zip(losses(folder), losses(whole), strict=True):
        assert one == pytest.approx(other, rel=1e-6)


def test_a_worker_that_is_not_the_chief_writes_nothing(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("amp_net.tensorflow.distribution.is_chief", lambda _: False)
    train(CONFIG, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()
    before = (whole / "history.csv").stat().st_mtime_ns
    train(CONFIG, whole, verbose=0)
    assert (whole / "history.csv").stat().st_mtime_ns == before


def test_a_finished_training_is_not_trained_on(whole):
    before = {path: path.stat().st_mtime_ns for path in (whole / "state").iterdir()}
    curve = (whole / "history.csv").read_text()
    (whole / "history.csv").unlink()
    assert train(CONFIG, whole, verbose=0) == whole / "best"
    assert {path: path.stat().st_mtime_ns for path in (whole / "state").iterdir()} == before
    assert (whole / "history.csv").read_text() == curve, "as if it had been killed before it was written"


def test_a_folder_with_another_training_is_refused(whole):
    before = (whole / "config.json").read_text()
    with pytest.raises(ValueError, match="another held_out_seed, learning_rate, seed"):
        train(dataclasses.replace(CONFIG, seed=2, learning_rate=1.0), whole, verbose=0)
    assert (whole / "config.json").read_text() == before


def test_states_without_a_config_are_refused(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "step_00000003.json").write_text("{}")
    with pytest.raises(ValueError, match=r"holds state, but nothing says of which training; put"):
        train(CONFIG, tmp_path, verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_folder_in_which_another_process_trains_is_refused(tmp_path):
    script = (
        "import sys; from amp_net.storage.disk import locks\n"
        "with locks.locked(sys.argv[1]): print(flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    other.stdout.readline()
    with pytest.raises(ValueError, match="Another process works in"):
        train(CONFIG, tmp_path, verbose=0)
    other.kill()
    other.communicate()
    train(dataclasses.replace(CONFIG, steps=3), tmp_path, verbose=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 13}, r"number of steps is 13.*multiple of the 3"),
        ({"validate_every": 0}, "must be at least 1"),
        ({"held_out": 6}, "Of 6 distinct photographs 6 cannot be held out"),
        ({"held_out": 1, "blocks": 2}, "none is left to validate on"),
        ({"batch_size": 0}, "batch size is 0"),
        ({"blocks": 0}, "number of blocks is 0"),
        ({"learning_rate": 0.0}, r"learning rate is 0\.0"),
        ({"clip_norm": float("nan")}, "clip norm nan"),
        ({"data": "nix"}, "no data set 'nix'"),
        ({"model": {"cs_ratio": -1}}, "CS ratio is -1 %"),
        ({"start": "magic"}, "not 'magic'"),
        ({"padded": 1.5}, r"share of padded blocks is 1\.5"),
        ({"policy": "float8"}, "not 'float8'"),
    ],
)
def test_a_setting_out_of_range_is_refused(change, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(dataclasses.replace(CONFIG, **change), tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_what_it_was_made_with_is_recorded(whole, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    config = dataclasses.replace(CONFIG, start_from=str(whole / "best"), steps=6)
    monkeypatch.setattr("amp_net.training.run.commit", lambda: "first")
    with monkeypatch.context() as patch:
        kill_at_step(patch, 4)
        with pytest.raises(KilledError):
            train(config, folder, verbose=0)
    monkeypatch.setattr("amp_net.training.run.commit", lambda: "second")
    monkeypatch.setattr("amp_net.training.run_state.TOLERANCE", 100.0)
    train(config, folder, verbose=0)
    history = json.loads((folder / "state" / "step_00000006.json").read_text())
    assert history["commits"] == ["first", "second"]
    metadata = presets.load_metadata(folder / "best")
    assert metadata["commit"] == ("first, second" if metadata["steps"] == 6 else "first")
    source = presets.load_metadata(whole / "best")
    assert metadata["training"]["start_sha256"] == source["weights_sha256"]
    making = ("command", "commit", "steps", "hours", "weights_sha256", "started_from")
    assert metadata["started_from"] == {field: source[field] for field in making}
    assert source["started_from"] is None


@pytest.mark.parametrize("started", [True, False])
def test_what_a_start_was_trained_on_is_not_held_out(started, whole, tmp_path, monkeypatch):
    seeds = []

    def die(photographs, count, seed):
        seeds.append(seed)
        raise KilledError

    monkeypatch.setattr("amp_net.training.run.hold_out", die)
    start = str(whole / "best") if started else None
    with pytest.raises(KilledError):
        train(dataclasses.replace(CONFIG, start_from=start, seed=7), tmp_path / "run", verbose=0)
    assert seeds == [CONFIG.seed if started else 7]


@pytest.mark.parametrize("fastest", ["float32", "mixed_bfloat16"])
def test_the_policy_is_the_machines_unless_the_run_has_one(fastest, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    automatic = dataclasses.replace(CONFIG, policy="auto", steps=3)
    monkeypatch.setattr("amp_net.training.settled.fastest_policy", lambda: fastest)
    train(automatic, folder, verbose=0)
    assert json.loads((folder / "config.json").read_text())["policy"] == fastest
    assert presets.load_metadata(folder / "best")["training"]["policy"] == fastest
    monkeypatch.setattr("amp_net.training.settled.fastest_policy", lambda: "on another machine")
    train(automatic, folder, verbose=0)
    assert json.loads((folder / "config.json").read_text())["policy"] == fastest


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="cannot be"):
        train(CONFIG, tmp_path / "file", verbose=0)
    assert (tmp_path / "file").read_text() == "mine"


def test_pca_start_is_that_of_the_training_blocks(tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(AMPNet, "fit", lambda model, *_, **__: seen.update(matrix=model.sensing.matrix))
    train(CONFIG, tmp_path / "run", verbose=0)
    np.testing.assert_allclose(seen["matrix"] @ seen["matrix"].T, np.eye(10), atol=1e-4)
    assert abs(seen["matrix"][0].mean()) == pytest.approx(1 / 33, rel=0.05), "the first is near the mean"
