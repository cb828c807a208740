import itertools

from amp_net import AMPNet
from amp_net.training.steps import precision
from experiments.recipe import study, variants


def test_variants_of_the_study_change_what_they_say():
    for name, changes in variants.VARIANTS.items():
        config, extra = variants.settle(changes, 10)
        assert (config, extra) != variants.settle({}, 10) or name == "base"
        for key, value in changes.items():
            assert value in (getattr(config, key, None), getattr(extra, key, None), config.model.get(key))


def test_costs_of_steps_are_told_in_those_of_the_base(blocks, monkeypatch):
    settings = study.settings_of("rate_5e-3", 10)
    timed = study.timed_steps(*settings, (blocks * 255).astype("uint8").repeat(2, axis=0), 1)
    assert 0 < next(timed) < 60
    monkeypatch.setattr(study, "timed_steps", lambda *_, stages: itertools.repeat(stages / 2))
    growing = study.settings_of("grow_3_to_9", 10)
    assert study.costs("grow_3_to_9", growing, itertools.repeat(9.0), None) == {3: 1.5 / 9, 9: 0.5}
    assert study.costs("rate_5e-3", settings, None, None) == {9: 1.0}


def test_results_of_the_study_are_held_against_the_base_of_the_same_kind():
    row = {"machine": "a", "cs_ratio": "10", "base_steps": "8", "cost": "1.00", "steps": "8"}
    rows = [
        {**row, "variant": "base", "psnr": "25.000"},
        {**row, "variant": "adam", "psnr": "24.500"},
        {**row, "variant": "base", "psnr": "20.000", "machine": "b"},
        {**row, "variant": "adam", "psnr": "nan", "machine": "b"},
        {**row, "variant": "averaged", "psnr": "26.000", "machine": "b"},
    ]
    cells = [line.split(" | ") for line in study.tables(rows).splitlines() if line.startswith("| ")]
    found = [(line[0].strip("| "), line[-1].strip("| ")) for line in cells if line[1] != "---"]
    heading = ("variant", "to base")
    expected = [
        heading,
        ("base", "+0.000"),
        ("adam", "-0.500"),
        heading,
        ("averaged", "+6.000"),
        ("base", "+0.000"),
        ("adam", "+nan"),
    ]
    assert found == expected


def test_a_variant_is_trained_and_measured(blocks, monkeypatch):
    changes = {"neighbour": True, "growth": (1, 2), "batch_size": 4, "policy": "auto", "padded": 0.1}
    monkeypatch.setattr(precision, "fastest_policy", lambda: "float32")
    monkeypatch.setattr(AMPNet, "from_preset", lambda preset: AMPNet(cs_ratio=4, stages=1, name=preset))
    monkeypatch.setitem(variants.VARIANTS, "a_variant", changes)
    config, extra = study.settings_of("a_variant", 1)
    training = (blocks * 255).astype("uint8")
    steps, psnr = study.run(config, extra, {1: 0.5, 2: 1.0}, 4, training, blocks[:8])
    assert steps == 4 + 2
    assert 5 < psnr < 60
