import numpy as np
import pytest

from amp_net import AMPNet, evaluation
from amp_net.images.blocks import merge
from experiments.recipe import training_on
from experiments.shared import result_files


@pytest.mark.parametrize(("name", "case"), training_on.CASES.items())
def test_training_on_began_with_the_shipped_weights(name, case):
    page = (result_files.RESULTS / "recipe" / f"{name}.md").read_text(encoding="utf-8")
    assert f"{case.preset} ({result_files.fingerprint(case.preset)})" in page
    assert page.count("\n| ") == 2 + 3


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
