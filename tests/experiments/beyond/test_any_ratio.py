import numpy as np
import pytest

from amp_net.models import presets
from experiments.beyond import any_ratio
from experiments.shared.result_files import RESULTS
from tests.conftest import ROOT


class Network:
    """Has 0.1 too much at every pixel, whatever m is."""

    block_size = 33

    def sense(self, images, count):
        assert images.shape == (1, 66, 99, 1)
        return images

    def reconstruct(self, y):
        return y + 0.1


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(any_ratio, "FILE", tmp_path / "any_ratio.csv")


def test_images_are_rebuilt_as_a_whole():
    image = np.full((40, 70), 0.5, "float32")
    assert any_ratio.average_psnr(Network(), [image, image], 10) == pytest.approx(20, abs=1e-3)


def test_measuring_goes_on_where_it_was_stopped(file, monkeypatch):
    counts = []

    def psnr(network, photographs, count):
        if len(counts) == 2:
            counts.append("stopped")
            raise KeyboardInterrupt
        counts.append(count)
        return float(count)

    monkeypatch.setattr(any_ratio, "average_psnr", psnr)
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
    rows = any_ratio.files.read_csv(any_ratio.FILE)
    assert (RESULTS / "beyond" / "any_ratio.md").read_text(encoding="utf-8").endswith(any_ratio.page(rows))
    for dataset, results in presets.load_metadata("amp_net_any_ratio")["results"].items():
        if dataset == "validation_psnr":
            continue
        assert (ROOT / "datasets" / dataset).is_dir()
        found = any_ratio.measured("amp_net_any_ratio", results["weights"], dataset)
        assert {str(ratio): psnr for ratio, psnr in found.items()} == results["psnr"]
