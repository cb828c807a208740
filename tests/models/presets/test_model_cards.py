import ast
import json
import re

import pytest

from amp_net import AMPNet
from amp_net.models import presets
from amp_net.models.presets import model_cards


@pytest.mark.parametrize("name", presets.shipped(None))
def test_the_card_of_a_shipped_preset_is_that_of_its_metadata(name):
    folder, metadata = presets.find(name), presets.load_metadata(name)
    config = json.loads((folder / presets.CONFIG).read_text())
    card = (folder / presets.CARD).read_text(encoding="utf-8")
    assert card == model_cards.card(name, config, metadata), "python -m experiments.recipe.model_cards"
    assert metadata["licence"] == "MIT"
    assert "license: mit" in card
    psnr = metadata["results"]["validation_psnr"]
    for value in psnr.values() if isinstance(psnr, dict) else [psnr]:
        assert f"| {value:.2f} |" in card
    assert metadata["command"] in card
    (example,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    ast.parse(example)
    assert f'from_preset("{name}")' in example


def test_a_preset_is_saved_with_its_card(tmp_path):
    model = AMPNet(cs_ratio=4, stages=2, channels=4, block_size=8, spatial_attention=True)
    metadata = {
        "command": "python -m mine",
        "licence": "CC-BY-4.0",
        "results": {"validation_psnr": 31.25, "mine": {"images": 3, "psnr": 30.5, "ssim": 0.91}},
    }
    model.save_to_preset(tmp_path / "mine", metadata)
    card = (tmp_path / "mine" / presets.CARD).read_text(encoding="utf-8")
    assert "AMP-Net with spatial attention for blocks of 8×8 pixels at a CS ratio of 4 %, in 2 stages" in card
    assert f"{model.count_params():,} parameters" in card
    assert "| held out of the training |  | 31.25 |  |" in card
    assert "| mine | 3 | 30.50 | 0.9100 |" in card
    assert "under the licence CC-BY-4.0" in card
    presets.save_metadata(tmp_path / "mine", {**presets.load_metadata(tmp_path / "mine"), "licence": "MIT"})
    assert "under the licence MIT" in (tmp_path / "mine" / presets.CARD).read_text(encoding="utf-8")
    # As the networks of others have it.
    (tmp_path / "mine" / presets.CARD).unlink()
    presets.save_metadata(tmp_path / "mine", presets.load_metadata(tmp_path / "mine"))
    assert not (tmp_path / "mine" / presets.CARD).exists()
    AMPNet.from_preset(tmp_path / "mine")


@pytest.mark.parametrize("results", [None, [], "good", {"note": "good"}, {"set": {"psnr": None}}])
def test_metadata_of_another_form_are_passed_over(results):
    card = model_cards.card("mine", {"cs_ratio": 10, "stages": 1}, {"results": results, "training": 3})
    assert "name no licence" in card
    assert "## Recipe" not in card
