import dataclasses
import shutil

import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.training.callbacks import Pictures
from amp_net.training.run import train
from amp_net.training.run_state import RunState
from amp_net.training.steps.optimizers import make_optimizer, make_schedule
from tests.small_run import CONFIG, KilledError, kill_at_step, losses


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
