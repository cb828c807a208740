import numpy as np
import pytest

from amp_net.images.blocks import padded
from amp_net.images.quality import psnr
from amp_net.models import presets
from amp_net.models.any_ratio import AnyRatioAMPNet
from experiments.beyond import any_ratio
from experiments.shared.result_files import RESULTS
from tests.conftest import ROOT, randomize


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(any_ratio, "FILE", tmp_path / "any_ratio.csv")


def test_images_are_rebuilt_as_a_whole(rng):
    network = AnyRatioAMPNet(stages=1, channels=4, blocks=1, measurements=20, block_size=9)
    randomize(network, rng, 0.1)
    image = rng.random((20, 31), "float32")
    restored = network.reconstruct(network.sense(padded(image, 9)[None, ..., None], 7))
    expected = psnr(image, np.asarray(restored)[0, :20, :31, 0])
    assert any_ratio.average_psnr(network, [image, image], 7) == pytest.approx(expected, abs=1e-4)


def test_measuring_goes_on_where_it_was_stopped(file, monkeypatch):
    counts = []

    def counted(network, photographs, count):
        if len(counts) == 2:
            counts.append("stopped")
            raise KeyboardInterrupt
        counts.append(count)
        return float(count)

    monkeypatch.setattr(any_ratio, "average_psnr", counted)
    given = (None, "mine", "a", "set11", ["an image"])
    with pytest.raises(KeyboardInterrupt):
        any_ratio.complete(*given)
    any_ratio.complete(*given)
    any_ratio.complete(*given)
    assert counts == [10, 43, "stopped", 109, 272, 327, 436, 545]
    assert any_ratio.measured("mine", "a", "set11")[25] == 272
    any_ratio.complete(None, "mine", "b", "set11", ["an image"])
    assert any_ratio.measured("mine", "a", "set11") == {}
    assert len(any_ratio.measured("mine", "b", "set11")) == 7


def test_page_and_metadata_have_the_measured_means():
    rows = any_ratio.texts.read_csv(any_ratio.FILE)
    assert (RESULTS / "beyond" / "any_ratio.md").read_text(encoding="utf-8").endswith(any_ratio.page(rows))
    for dataset, results in presets.load_metadata("amp_net_any_ratio")["results"].items():
        if dataset == "validation_psnr":
            continue
        assert (ROOT / "datasets" / dataset).is_dir()
        found = any_ratio.measured("amp_net_any_ratio", results["weights"], dataset)
        assert {str(ratio): psnr for ratio, psnr in found.items()} == results["psnr"]
