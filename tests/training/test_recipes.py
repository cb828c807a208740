import dataclasses
import json

import numpy as np
import pytest

from amp_net import AMPNet
from amp_net.photographs import image_sets
from amp_net.training import run
from amp_net.training.config import TrainingConfig
from amp_net.training.recipes import PAPER

SHOWING = """
import dataclasses, json, sys
from amp_net import train
from amp_net.training import run

run.train = lambda config, *_, **__: print(json.dumps(dataclasses.asdict(config))) or sys.exit(0)
train.run()
"""


def test_every_field_of_the_recipe_has_the_papers_value():
    assert PAPER == {
        # "the same 91 images", 88 912 blocks, "Gaussian initialization for (W_Q, W_φ, a_Q)".
        "data": "t91",
        "blocks": 88_912,
        "start": "gaussian",
        # "epoch 200", "batch size of 64", "Adam optimization with a learning rate 0.0001".
        "steps": 200 * 88_912 // 64,
        "batch_size": 64,
        "optimizer": "adam",
        "learning_rate": 0.0001,
        "schedule": "constant",
        # "the model's stacking number of 9"; Algorithms 2 and 3; Eqs. 5 and 6; the 2nd block; the MLP of a_Q.
        "stages": 9,
        "residual": "previous",
        "loss_penalty": "charbonnier",
        "symmetry_fraction": 1.0,
        "normalization": "batch",
        "attention_units": 33 * 33,
        # What it does not have.
        "held_out": 0,
        "clip_norm": 0.0,
        "augment": False,
        "padded": 0.0,
        "policy": "float32",
        # Every fourth epoch, ours.
        "validate_every": 4 * 88_912 // 64,
    }
    fields = {field.name for field in dataclasses.fields(TrainingConfig)}
    config = TrainingConfig(model={}, **{name: value for name, value in PAPER.items() if name in fields})
    assert config.network_fields() == {"sensing_start": "gaussian"}


def shown(program, tmp_path, *flags):
    (tmp_path / "showing.py").write_text(SHOWING)
    done = program(tmp_path / "showing.py", "--output_dir=run", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_flags_go_before_the_recipe(program, tmp_path):
    flags = ("--recipe=paper", "--attention=all", "--residual=current", "--steps=5557", "--cs_ratio=10")
    config = shown(program, tmp_path, *flags)
    model = config.pop("model")
    assert (config["steps"], config["optimizer"], config["batch_size"]) == (5557, "adam", 64)
    assert (config["held_out"], config["start"], config["learning_rate"]) == (0, "gaussian", 1e-4)
    expected = {"normalization": "batch", "symmetry_fraction": 1.0, "initialization_attention_units": 1089}
    assert expected.items() <= model.items()
    assert "residual" not in model
    assert AMPNet(**{**model, "stages": 1, "channels": 4}).config["normalization"] == "batch"


def test_without_a_recipe_the_settings_are_ours(program, tmp_path):
    config = shown(program, tmp_path, "--recipe=ours")
    attentions = dict.fromkeys(["initialization_attention", "spatial_attention", "channel_attention"], False)
    assert config == dataclasses.asdict(TrainingConfig(model={"cs_ratio": 25, "stages": 9, **attentions}))


@pytest.mark.parametrize("held_out", [0, 2])
def test_nothing_need_be_held_out(held_out):
    photographs = [image for _, image in image_sets.load("samples")]
    config = TrainingConfig(model={}, blocks=60, held_out=held_out, held_out_seed=1)
    training, validation = run._crops(config, photographs, 33)
    assert len(training) == (60 if held_out == 0 else 40)
    assert len(validation) == (60 if held_out == 0 else 20)
    assert np.array_equal(training[:20], validation[:20]) is (held_out == 0)
