import dataclasses
import hashlib
import json
import shutil

import h5py
import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.training import run_state
from amp_net.training.callbacks import Pictures
from amp_net.training.run import train
from amp_net.training.run_state import RunState
from amp_net.training.settled import settle
from amp_net.training.steps.optimizers import make_optimizer, make_schedule
from tests.small_configs import SMALL as CONFIG
from tests.training.small_run import KilledError, kill_at_step, losses


def test_a_run_of_which_no_state_is_whole_is_refused(whole, tmp_path):
    (tmp_path / "step_00000003.json").write_text("{")
    state = RunState(tmp_path, CONFIG.validate_every)
    with pytest.raises(ValueError, match=r"No state in .* is whole"):
        state.restore(AMPNet(**CONFIG.model))


@pytest.mark.parametrize("damaged", ["step_00000012.weights.h5", "step_00000012.json"])
@pytest.mark.parametrize(
    "damage", [lambda content: content[: len(content) // 2], lambda content: flipped(content), lambda _: b""]
)
def test_a_damaged_state_gives_way_to_the_one_before(damaged, damage, whole, tmp_path, caplog):
    for path in (whole / "state").iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(damage(content) if path.name == damaged else content)
    model = AMPNet(**CONFIG.model)
    model.compile(optimizer=make_optimizer("muon", make_schedule("cosine", 0.1, 12), 0))
    state = RunState(tmp_path, CONFIG.validate_every)
    state.restore(model)
    assert state.step == 9
    assert int(model.optimizer.iterations) == 9
    assert f"{damaged} is damaged" in caplog.text


def test_no_digit_of_a_record_can_change_unnoticed(whole, tmp_path):
    for path in (whole / "state").iterdir():
        shutil.copy(path, tmp_path)
    record = max(tmp_path.glob("*.json"))
    text = record.read_bytes()
    for place in (place for place, byte in enumerate(text) if chr(byte).isdigit()):
        record.write_bytes(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :])
        state = RunState(tmp_path, CONFIG.validate_every)
        state.find()
        assert state.step == 9, text[:place]


@pytest.mark.parametrize(
    "fields",
    [
        *({"step": "9"}, {"step": -1}, {"history": 9}, {"history": [[]]}, {"history": [{"val_psnr": "x"}]}),
        *({"history": [{"loss": 1.0}]}, {"first": None}, {"commits": 5}, {"commits": [{}]}, {"seconds": "a"}),
        *({"weights_sha256": None}, {"weights_sha256": []}),
    ],
)
def test_a_record_that_is_none_of_a_state_is_told_as_damaged(fields, whole, tmp_path, caplog):
    """Its SHA-256 fits."""
    for path in (whole / "state").iterdir():
        shutil.copy(path, tmp_path)
    path = max(tmp_path.glob("*.json"))
    record = {**json.loads(path.read_text()), **fields}
    del record["record_sha256"]
    path.write_text(run_state._sealed(record))
    state = RunState(tmp_path, CONFIG.validate_every)
    state.find()
    assert state.step == 9
    assert f"{path.stem}" in caplog.text
    assert "is damaged" in caplog.text


@pytest.mark.parametrize("damage", [lambda file: b"x", lambda file: linked(file)])
def test_a_states_weights_that_lead_elsewhere_or_are_damaged_are_refused(damage, whole, tmp_path):
    """Their SHA-256 fits."""
    for path in (whole / "state").iterdir():
        shutil.copy(path, tmp_path)
    path = max(tmp_path.glob("*.json"))
    weights = path.with_suffix(".weights.h5")
    weights.write_bytes(damage(weights))
    record = {
        **json.loads(path.read_text()),
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    del record["record_sha256"]
    path.write_text(run_state._sealed(record))
    model = AMPNet(**CONFIG.model)
    model.compile(optimizer=make_optimizer("muon", make_schedule("cosine", 0.1, 12), 0))
    with pytest.raises(ValueError, match=f"{weights.name} is damaged: it cannot be read as weights"):
        RunState(tmp_path, CONFIG.validate_every).restore(model)


def linked(path):
    """With one of its arrays in another file."""
    with h5py.File(path, "r+") as file:
        del file["weights"]
        file["weights"] = h5py.ExternalLink("/etc/passwd", "/")
    return path.read_bytes()


def flipped(content):
    """With one bit changed, in a text in one of its digits."""
    content = bytearray(content)
    places = [place for place, byte in enumerate(content) if chr(byte).isdigit()] or [len(content) // 2]
    content[places[len(places) // 2]] ^= 1
    return bytes(content)


@pytest.mark.parametrize("killed", [False, True])
def test_a_loss_that_is_no_number_ends_the_training_at_its_step(killed, whole, tmp_path, monkeypatch):
    folder, real = tmp_path / "run", Pictures.on_train_batch_begin

    def explode(self, batch, logs=None):
        real(self, batch, logs)
        if int(self.model.optimizer.iterations) == 7:
            for variable in self.model.trainable_variables:
                variable.assign(variable * np.nan)

    monkeypatch.setattr(Pictures, "on_train_batch_begin", explode)
    if killed:
        with monkeypatch.context() as patch:
            kill_at_step(patch, 4)
            with pytest.raises(KilledError):
                train(CONFIG, folder, verbose=0)
    # The cosine schedule's rate after seven steps of the warm-up's fifty.
    message = r"is nan at step 8, at a learning rate of 0\.\d+; .* state is .*/step_00000006\.weights\.h5\."
    for _ in range(2):
        with pytest.raises(FloatingPointError, match=message):
            train(CONFIG, folder, verbose=0)
        assert [row["loss"] for row in losses(folder)] == pytest.approx(
            [row["loss"] for row in losses(whole)[:2]], rel=1e-6
        )
    assert presets.load_metadata(folder / "best")["steps"] in {3, 6}


def test_an_explosion_ends_the_training_with_the_state_before_it(tmp_path):
    model = AMPNet(**CONFIG.model)
    model.compile(optimizer="adam")
    state = RunState(tmp_path, every=5)
    state.set_model(model)
    state.on_epoch_end(0, {"loss": 0.1, "val_psnr": 30.0})
    state.on_epoch_end(1, {"loss": 0.1, "val_psnr": 27.1})
    before = sorted(tmp_path.iterdir())
    message = (
        r"from a validation PSNR of 30\.00 to 26\.90 dB at step 15, at a learning rate of 0\.001; "
        r".* state is .*/step_00000010\.weights\.h5\."
    )
    with pytest.raises(FloatingPointError, match=message):
        state.on_epoch_end(2, {"loss": 9.0, "val_psnr": 26.9})
    assert sorted(tmp_path.iterdir()) == before
    assert state.step == 10


def test_a_first_epoch_that_makes_it_worse_ends_the_training(tmp_path):
    wild = dataclasses.replace(CONFIG, learning_rate=50.0, schedule="constant", optimizer="adam", clip_norm=0)
    with pytest.raises(FloatingPointError, match=r"at step \d, at a learning rate of 50; .* is the start"):
        train(wild, tmp_path / "run", verbose=0)
    assert not list(tmp_path.glob("run/state/*"))


@pytest.mark.parametrize("name", ["history.csv", "phi.npy", "best/config.json", "state/step_00000003.json"])
def test_a_folder_with_files_of_others_is_not_trained_in(name, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("years of work")
    with pytest.raises(ValueError, match=f"holds {name.split('/')[0]}, but nothing says of which training"):
        settle(CONFIG, tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"holds config\.json, but nothing says of which training"):
        settle(CONFIG, tmp_path)


@pytest.mark.parametrize("former", ["9", [None], {"a": 1}, 5])
def test_former_steps_that_are_none_are_refused(former, tmp_path):
    recorded = {**dataclasses.asdict(CONFIG), "former_steps": former}
    (tmp_path / "config.json").write_text(json.dumps(recorded))
    with pytest.raises(ValueError, match="former_steps are no whole numbers"):
        settle(CONFIG, tmp_path)


@pytest.mark.parametrize("training", ["text", [], {"held_out_seed": "9"}, {"seed": -1}, {"seed": {}}])
def test_metadata_of_others_name_a_seed_or_none(training, tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "load_metadata", lambda _: {"training": training})
    config = dataclasses.replace(CONFIG, start_from="theirs")
    if isinstance(training, dict):
        with pytest.raises(ValueError, match="metadata of theirs name the seed"):
            settle(config, tmp_path)
    else:
        assert settle(config, tmp_path).config.held_out_seed == CONFIG.seed
