import functools
import os

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from amp_net import AMPNet, evaluation, images
from amp_net.evaluation import result_tables
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.storage.kept import Kept


class Perfect:
    """Stands for a model that loses nothing but a constant."""

    block_size = 33

    def __call__(self, blocks):
        return blocks + 0.1


PERFECT = functools.partial(evaluation.rebuild_blocks, Perfect())


def test_psnr_of_colour_is_the_mean_over_the_channels(rng):
    image = rng.integers(0, 256, (40, 50, 3), "uint8")
    row, restored = evaluation.compare(PERFECT, image)
    original = image / 255
    expected = [
        peak_signal_noise_ratio(original[..., c], np.clip(original[..., c] + 0.1, 0, 1), data_range=1)
        for c in range(3)
    ]
    assert restored.shape == image.shape
    assert row["psnr"] == pytest.approx(np.mean(expected), abs=1e-4)
    assert row["psnr_unclipped"] == pytest.approx(20, abs=1e-4)
    grey = images.luminance(image) / 255
    expected_y = peak_signal_noise_ratio(grey, np.clip(grey + 0.1, 0, 1), data_range=1)
    assert row["psnr_y"] == pytest.approx(expected_y, abs=1e-4)


def test_padding_does_not_count(monkeypatch):
    monkeypatch.setattr(Perfect, "__call__", lambda self, blocks: np.where(blocks > 0, blocks + 0.1, 0.9))
    row, _ = evaluation.compare(PERFECT, np.full((34, 34), 128, "uint8"))
    assert row["psnr"] == pytest.approx(20, abs=1e-4)


def test_rebuilding_is_sensing_and_reconstructing_every_block(rng):
    model = AMPNet(stages=1, channels=4)
    image = rng.random((33, 66)).astype("float32")
    second = model.reconstruct(model.sense(image[None, :, 33:, None]))
    for restored in (evaluation.rebuild(model, image, "blockwise"), evaluation.rebuild_blocks(model, image)):
        np.testing.assert_allclose(restored[:, 33:], second[0, ..., 0], atol=1e-5)
    assert np.abs(evaluation.rebuild(model, image)[:, 33:] - np.asarray(second)[0, ..., 0]).max() > 1e-3


@pytest.fixture
def rows():
    values = {"ssim": 0.5, "psnr_unclipped": 1.0, "psnr_y": 2.0, "seconds": 0.25}
    return [
        {"preset": "p_1", "dataset": "d", "image": "a", "psnr": 30.0, **values},
        {"preset": "p_1", "dataset": "d", "image": "b", "psnr": 31.0, **values},
        {"preset": "q", "dataset": "d", "image": "a", "psnr": 20.0, **values},
    ]


def test_summary_holds_the_means(rows):
    first, second = evaluation.summarize(rows)
    assert (first["preset"], first["images"], first["psnr"]) == ("p_1", 2, 30.5)
    assert (second["preset"], second["images"], second["psnr"]) == ("q", 1, 20.0)


def test_tables_show_the_summary(rows):
    summary = evaluation.summarize(rows)
    assert "| p_1 | d | 2 | 30.50 | 0.5000 | 2.00 | 0.25 |\n" in result_tables.markdown(summary)
    assert "p\\_1 & d & 2 & 30.50 & 0.5000 & 2.00 & 0.25 \\\\\n" in result_tables.latex(summary)
    heading, *lines = result_tables.screen(summary).splitlines()
    assert {line.index("d ") for line in lines} == {heading.index("data set")}


def test_a_dtype_is_that_of_the_feature_maps(tmp_path, rng):
    AMPNet(cs_ratio=10, stages=2, channels=4).save_to_preset(tmp_path / "preset")
    rows = [
        list(evaluation.evaluate([tmp_path / "preset"], ["samples"], dtype=dtype))
        for dtype in ("float32", "bfloat16")
    ]
    assert [found[0]["preset"] for found in rows] == ["preset", "preset-bfloat16"]
    (row, *_) = evaluation.evaluate([tmp_path / "preset"], ["samples"], dtype="bfloat16", way="blockwise")
    assert row["preset"] == "preset-bfloat16-blockwise"
    assert row["psnr"] != rows[1][0]["psnr"]
    exact, rounded = ([row["psnr"] for row in found] for found in rows)
    assert exact != rounded
    np.testing.assert_allclose(exact, rounded, atol=0.1)


def test_rows_that_were_kept_are_not_measured_again(tmp_path, monkeypatch):
    black = [(name, np.zeros((33, 33), "uint8")) for name in "abc"]
    monkeypatch.setattr("amp_net.photographs.image_sets.load", lambda *_: black)
    AMPNet(cs_ratio=1, stages=1, channels=4).save_to_preset(tmp_path / "preset")
    arguments = [tmp_path / "preset"], ["samples"]
    kept, shown = Kept(tmp_path / "kept", 1), []
    rows = evaluation.evaluate(*arguments, kept=kept, show=lambda row, *_: shown.append(row["image"]))
    first = [next(rows), next(rows)]
    rows = list(evaluation.evaluate(*arguments, kept=kept, show=lambda row, *_: shown.append(row["image"])))
    assert rows[:2] == first
    assert shown == ["a", "b", "c"]
    other = Kept(tmp_path / "kept", 2)
    list(evaluation.evaluate(*arguments, kept=other, show=lambda row, *_: shown.append(row["image"])))
    assert shown == ["a", "b", "c", "a", "b", "c"]


def test_two_presets_of_one_name_are_both_measured(tmp_path):
    for run in ("first", "second"):
        AMPNet(cs_ratio=1, stages=1, channels=4).save_to_preset(tmp_path / run / "best")
    chosen = [tmp_path / "first" / "best", tmp_path / "second" / "best"]
    rows = list(evaluation.evaluate(chosen, ["samples"]))
    assert {row["preset"] for row in rows} == {"first-best", "second-best"}


def test_a_folder_named_like_a_shipped_preset_is_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    black = [("a", np.zeros((33, 33), "uint8"))]
    monkeypatch.setattr("amp_net.photographs.image_sets.load", lambda *_: black)
    AMPNet(cs_ratio=25, stages=1, channels=4).save_to_preset(tmp_path / "amp_net_cs25")
    rows = list(evaluation.evaluate(["amp_net_cs25", "./amp_net_cs25"], ["samples"]))
    names = {row["preset"] for row in rows}
    assert len(names) == 2
    assert not [name for name in names if os.path.isabs(name)]


def test_folders_are_sets_by_a_name_that_tells_them_apart(tmp_path, rng):
    for place in ("a/mine", "b/mine", "c/set11"):
        images.write(tmp_path / place / "photograph.png", rng.integers(0, 256, (33, 34), "uint8"))
    loaded = evaluation.load_all(
        [tmp_path / "a/mine", tmp_path / "b/mine", str(tmp_path / "c/set11"), "samples"]
    )
    assert list(loaded) == ["a-mine", "b-mine", "c-set11", "samples"]


def test_a_row_that_was_kept_is_of_this_photograph(tmp_path, rng):
    AMPNet(cs_ratio=1, stages=1, channels=4).save_to_preset(tmp_path / "preset")
    kept, shown = Kept(tmp_path / "kept", 1), []
    for level in (9, 9, 200):
        images.write(tmp_path / "mine" / "a.png", np.full((33, 33), level, "uint8"))
        measured = evaluation.evaluate(
            [tmp_path / "preset"],
            [tmp_path / "mine"],
            kept=kept,
            show=lambda row, image, _: shown.append(image),
        )
        assert [row["dataset"] for row in measured] == ["mine"]
    assert [image.max() for image in shown] == [9, 200]


def test_the_network_for_any_phi_is_measured_like_a_method(monkeypatch, rng):
    from amp_net.evaluation import compared

    network = AnyPhiAMPNet(stages=1, channels=8, blocks=1)
    monkeypatch.setattr(compared.AnyPhiAMPNet, "from_preset", lambda: network)
    phi = rng.normal(size=(16, 16)).astype("float32")
    ((name, model),) = compared.compared(["any_phi"], phi=phi).items()
    assert name == "any_phi_cs100"
    image = rng.random((9, 14), "float32")
    np.testing.assert_allclose(evaluation.rebuild(model, image), image, atol=1e-3)
