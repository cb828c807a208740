import json

import pytest

from amp_net.models import presets
from experiments.recipe import curves


def test_the_page_is_that_of_the_shipped_presets():
    assert presets.CURVE == curves.CURVE
    assert curves.PAGE.read_text(encoding="utf-8") == curves.page(curves.curves())


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.setattr(curves, "CHECKPOINTS", tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "metadata.json").write_text(json.dumps({"started_from": None}))
    return tmp_path


def test_steps_of_all_sittings_are_counted(checkpoints):
    curve = "sitting,step,minutes,loss,val_psnr\n1,0,0,0.0,20\n1,50,1,0.5,21.5\n2,0,1,0,21.5\n2,30,2,0.4,22\n"
    (checkpoints / "one" / "curve.csv").write_text(curve)
    found = curves.curves()
    assert found["two"] is None
    assert found["one"] == {
        "step": [0, 50, 50, 80],
        "loss": [0.0, 0.5, 0.0, 0.4],
        "PSNR": [20.0, 21.5, 21.5, 22.0],
    }
    page = curves.page(found)
    assert "| 80 | 0.4000 | 22.00 |" in page
    assert "No curve was kept of `two`." in page


def test_a_history_of_a_training_run_is_a_curve(checkpoints):
    """As `Curve` writes it, and `release` ships it."""
    history = "step,loss,psnr,reconstruction_loss,val_loss,val_psnr,seconds\n500,0.03,30,0.03,0.02,31,60\n"
    (checkpoints / "one" / "curve.csv").write_text(history)
    assert curves.curve_of(checkpoints / "one") == {"step": [500], "loss": [0.03], "PSNR": [31.0]}
