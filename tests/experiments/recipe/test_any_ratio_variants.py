import cv2
import numpy as np
import pytest

from experiments.recipe.any_ratio import study
from experiments.recipe.any_ratio.variants import VARIANTS, Variant, absolute, squared
from experiments.shared.trainings import photographs


@pytest.fixture
def folder(tmp_path, rng, monkeypatch):
    for name in ("bsds500_train", "bsds500_test", "t91"):
        (tmp_path / name).mkdir()
        for number in range(2):
            smooth = cv2.resize(rng.random((8, 8), "float32"), (70, 80), interpolation=cv2.INTER_CUBIC)
            path = tmp_path / name / f"{name}_{number}.png"
            cv2.imwrite(str(path), np.clip(255 * smooth, 0, 255).astype("uint8"))
    monkeypatch.setattr(photographs, "held_out_names", lambda: {"bsds500_test_1.png"})
    return tmp_path


def test_a_variant_is_trained_and_measured(folder, monkeypatch):
    small = {"stages": 1, "channels": 4, "blocks": 1}
    monkeypatch.setitem(VARIANTS, "small", Variant(small, side=33, batch=2, learned=False, folders=("t91",)))
    row = study.measure("small", 0.5, folder)
    assert set(row) == set(study.COLUMNS)
    assert row["steps"] >= 1
    assert float(row["psnr_50"]) > float(row["psnr_1"]) > 10


def test_each_variant_changes_one_thing():
    base = VARIANTS["as shipped"]
    for name, variant in VARIANTS.items():
        changed = {
            field
            for field in ("fields", "side", "error", "learned", "folders")
            if getattr(variant, field) != getattr(base, field)
        }
        assert len(changed) == (name != "as shipped"), name
        assert len(variant.fields) <= 1
        assert abs(variant.batch * variant.side**2 / (base.batch * base.side**2) - 1) < 0.15


def test_errors_are_those_of_pixels():
    restored, original = np.array([[0.5, 0.0]], "float32"), np.array([[0.25, 1.0]], "float32")
    np.testing.assert_allclose(squared(restored, original), [[0.0625, 1]])
    np.testing.assert_allclose(absolute(restored, original), [[0.25, 1]])


def test_the_page_has_all_variants_the_best_first():
    rows = [
        {
            "variant": name,
            "steps": "9",
            "parameters": "1000",
            **dict.fromkeys(study.MEASURED, f"{20 + number}"),
        }
        for number, name in enumerate(VARIANTS)
    ]
    lines = study.page(rows).splitlines()[2:]
    assert [line.split(" | ")[0].strip("| ") for line in lines] == [*reversed(VARIANTS)]
    with pytest.raises(ValueError, match="lacks 1 of 14 cells: T91 alone"):
        study.page(rows[:-1])
