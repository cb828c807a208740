import itertools
import json
import shutil

import numpy as np
import pytest

from amp_net import AMPNet, evaluation
from amp_net.images.blocks import merge, split
from amp_net.models import presets
from amp_net.training import precision
from experiments import (
    across_blocks,
    across_stages,
    block_borders,
    one_percent,
    padding,
    result_files,
    ten_percent,
    training_on,
)
from experiments.joined_network import JoinedAMPNet, joined, parted
from experiments.recipe import study, variants
from tests.conftest import ROOT


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
    ["padding.md", "block_borders.md", "across_blocks.md", "across_stages.md", "../benchmark/bfloat16.md"],
)
def test_pages_were_measured_with_the_shipped_weights(page):
    rows = (result_files.RESULTS / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row.startswith("| amp")]
    assert cells
    for _, preset, weights, *_ in cells:
        assert weights == result_files.fingerprint(preset), preset


@pytest.mark.parametrize("command", [one_percent, ten_percent])
def test_training_on_began_with_the_shipped_weights(command):
    name = command.__name__.removeprefix("experiments.")
    page = (result_files.RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert f"{command.CASE.preset} ({result_files.fingerprint(command.CASE.preset)})" in page
    assert page.count("\n| ") == 2 + 3


def test_psnr_is_taken_by_distance_to_the_border_of_a_block():
    distance = block_borders.distance_to_border((70, 66), 33)
    assert distance[33, 40] == distance[40, 33] == distance[32, 5] == distance[68, 65] == 0
    assert (distance[16, 16], distance[36, 38], distance[49, 49], distance.max()) == (16, 3, 16, 16)

    class Model:
        """Adds 0.1 at the border of a block and 0.01 next to it, and is right elsewhere but for 0.001."""

        block_size = 33

        def __call__(self, blocks):
            distance = block_borders.distance_to_border((33, 33), 33)[..., None]
            return blocks + np.where(distance == 0, 0.1, np.where(distance < 3, 0.01, 0.001))

    whole, *parts = block_borders.psnr_by_distance(Model(), np.full((70, 66), 0.5))
    np.testing.assert_allclose(parts, [20, 40, 60, 60, 60], atol=1e-3)
    assert 20 < whole < 40


def test_a_network_trains_on_and_is_measured(blocks, monkeypatch):
    model = AMPNet(cs_ratio=1, stages=1)
    monkeypatch.setattr(AMPNet, "from_preset", lambda preset: model)
    monkeypatch.setattr(training_on, "STEPS", 2)
    case = training_on.Case("a_preset", "set11", stride=1)
    training = (blocks * 255).astype("uint8").repeat(2, axis=0)
    image = merge(blocks[:4], (66, 66))
    start, first, second = training_on.course(case, training, {}, "float32", [image])
    assert start == evaluation.average_psnr(model.optimized(), [image])
    assert start != first != second


def test_a_network_trains_on_with_all_channels_of_the_test_set_or_crops_of_others(rng):
    case = training_on.Case("a_preset", "urban100", padded=0.5)
    image = rng.integers(0, 256, (40, 33, 3), "uint8")
    own, sampling = training_on.blocks_of(case, "urban100", [image])
    assert sampling == {}
    assert own.shape == (6, 33, 33, 1)
    np.testing.assert_array_equal(own[2, ..., 0], image[:33, :, 1])
    assert not own[3, 7:].any()
    crops, sampling = training_on.blocks_of(case, "t91", [image])
    assert crops.shape == (88_912, 33, 33, 1)
    assert sampling == {"augment": True, "padded": 0.5}


@pytest.fixture
def a_preset(tmp_path, monkeypatch):
    """A preset of which nothing is measured, and result files that know former weights of it and others."""
    monkeypatch.setattr(result_files, "RESULTS", tmp_path)
    folder = shutil.copytree(presets.find("amp_net_cs25"), tmp_path / "a_preset")
    path = folder / presets.METADATA
    path.write_text(json.dumps({**json.loads(path.read_text()), "results": {}}))
    monkeypatch.setattr(presets, "shipped", lambda _: {"a_preset": folder})
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


@pytest.mark.parametrize("across", [False, True])
def test_a_correction_sees_beyond_a_block_or_does_not(across, monkeypatch):
    for name, value in {"STEPS": 60, "BATCH": 1, "FEATURES": 8}.items():
        monkeypatch.setattr(across_blocks, name, value)
    originals = np.random.default_rng(5).random((4, 66, 66, 1), "float32")
    cnn = across_blocks.trained_cnn(originals + np.float32(0.1), originals, 33, across)
    image = originals[0, ..., 0] + np.float32(0.1)
    corrected = across_blocks.correct(cnn, image, 33, across)
    assert abs(corrected - originals[0, ..., 0]).mean() < 0.05
    image[:33, :33] = 0
    changed = across_blocks.correct(cnn, image, 33, across) != corrected
    assert changed[:33, :33].any()
    changed[:33, :33] = False
    assert changed.any() == across


def test_stages_see_beyond_a_block_where_the_blocks_are_joined():
    fields = {"cs_ratio": 30, "stages": 2, "channels": 4, "block_size": 9}
    alone, together = AMPNet(**fields), JoinedAMPNet((1, 1), **fields)
    together.set_weights(alone.get_weights())
    image = np.random.default_rng(6).random((20, 23), "float32")
    cut = split(image, 9)
    np.testing.assert_array_equal(together(cut), alone(cut))
    for model, rebuild, across in (
        (alone, evaluation.rebuild_blocks, False),
        (together, across_stages.rebuild_joined, True),
    ):
        changed = image.copy()
        changed[:9, :9] = 0
        differs = rebuild(model, changed) != rebuild(model, image)
        assert differs.shape == image.shape
        assert differs[:9, :9].all()
        assert differs[9:].any() == differs[:9, 9:].any() == across


def test_joined_blocks_are_the_image_and_are_parted_again():
    image = np.random.default_rng(7).random((18, 27), "float32")
    cut = split(image, 9)
    both = np.concatenate([cut, 1 - cut])
    np.testing.assert_array_equal(joined(both, (2, 3))[..., 0], [image, 1 - image])
    np.testing.assert_array_equal(parted(joined(both, (2, 3)), (2, 3)), both)


def test_joined_blocks_train_on():
    windows = np.random.default_rng(8).integers(0, 256, (8, 27, 27, 1), "uint8")
    model = JoinedAMPNet(across_stages.GRID, cs_ratio=30, stages=1, channels=4, block_size=9)
    before = model.get_weights()
    across_stages.train_on(model, windows, 1)
    assert all((was != now).any() for was, now in zip(before, model.get_weights(), strict=True))


def test_psnr_is_taken_in_padded_blocks_and_in_the_others():
    class Model:
        """Adds 0.1 to blocks that end in zeros and 0.01 to others."""

        block_size = 33

        def __call__(self, blocks):
            return blocks + np.where(blocks[:, -1:, -1:] == 0, 0.1, 0.01)

    image = np.full((40, 66), 0.5)
    parts = padding.psnr_by_padding(Model(), image, "constant")
    np.testing.assert_allclose(parts[:2], [40, 20], atol=1e-6)
    np.testing.assert_allclose(parts[2], -10 * np.log10((33 * 1e-4 + 7 * 1e-2) / 40), atol=1e-6)
    np.testing.assert_allclose(padding.psnr_by_padding(Model(), image, "edge"), [40, 40, 40], atol=1e-6)
