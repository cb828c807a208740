import numpy as np
import pytest
from skimage import data

from amp_net import AMPNet
from amp_net.images import quality
from amp_net.images.blocks import merge, split
from experiments.benchmark import profile, reconstruction
from experiments.benchmark.networks.plain_network import PlainAMPNet
from experiments.benchmark.networks.stock_keras import StockAMPNet, charbonnier
from experiments.shared.markdown import table
from experiments.shared.timing import in_turns, with_section
from tests.conftest import randomize


@pytest.fixture
def model(rng):
    model = PlainAMPNet(cs_ratio=4, stages=2)
    for stage in model.stages:
        randomize(stage, rng, 0.1)
    return model


def test_the_stock_network_is_ours(model, blocks):
    stock = StockAMPNet(model.measurements, model.sensing.kernel.numpy(), stages=2)
    stock(blocks[:1])
    for ours, theirs in zip(model.stages, stock.stages, strict=True):
        cnn = ours.cnn
        middle = [cnn.transform.first, cnn.transform.second, cnn.transposed.first, cnn.transposed.second]
        for layer, source in zip(
            [theirs.first, *theirs.middle, theirs.last], [cnn.first, *middle, cnn.last], strict=True
        ):
            layer.kernel.assign(source.kernel)
        for layer, source in zip(
            theirs.norms,
            [cnn.transform.first.norm, cnn.threshold.norm, cnn.transposed.first.norm],
            strict=True,
        ):
            # With a mean of 0 and a variance of 1 it is a scale and a shift.
            layer.gamma.assign(source.scale * np.sqrt(1 + layer.epsilon))
            layer.beta.assign(source.shift)
        if not ours.last:
            theirs.onsager.assign(ours.onsager)
    np.testing.assert_allclose(stock(blocks), model(blocks), rtol=1e-3, atol=1e-3)
    assert len(stock.losses) == 2
    assert float(charbonnier(np.zeros(3), np.array([3.0, -3.0, 3.0]))) == pytest.approx(3, rel=1e-5)


def test_the_network_in_pytorch_is_ours(model, blocks):
    torch = pytest.importorskip("torch", reason="PyTorch, which only the benchmark needs, is not installed")
    from experiments.benchmark.networks.torch_networks import TorchAMPNet

    with torch.inference_mode():
        restored, _ = TorchAMPNet(model)(torch.tensor(blocks).permute(0, 3, 1, 2), symmetry_every=4)
    np.testing.assert_allclose(restored.permute(0, 2, 3, 1).numpy(), model(blocks), rtol=1e-3, atol=1e-3)


def test_all_ways_to_run_a_network_are_compared(monkeypatch):
    def missing(*_):
        raise ValueError("what the export needs is not installed")

    model = AMPNet(cs_ratio=4, stages=1, channels=4)
    monkeypatch.setattr("experiments.shared.timing.PAUSE", 0)
    monkeypatch.setattr(reconstruction, "export_to", missing)
    monkeypatch.setattr(AMPNet, "from_preset", lambda preset: model)
    page = reconstruction.compare("a_preset", 1)
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| ")]
    shown = {name: cells for name, *cells in rows}
    ours = {reconstruction.PLAIN, reconstruction.SHIPPED, "optimized, bfloat16", "SavedModel"}
    assert shown.keys() >= ours
    assert "TFLite" not in shown
    assert shown[reconstruction.PLAIN][2] == "1.00"
    reached = [float(shown[name][-1]) for name in ours]
    image = data.camera()[128:384, 128:384] / np.float32(255)
    expected = quality.psnr(image, merge(model(split(image)), image.shape))
    np.testing.assert_allclose(reached, expected, atol=0.02)
    assert "one convolution 4→4, bfloat16" in shown


def test_contenders_take_turns(monkeypatch):
    monkeypatch.setattr("experiments.shared.timing.PAUSE", 0)
    calls = []
    found = in_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert "".join(calls) == "aabb" * 3
    assert set(found) == {"a", "b"}


def test_a_table_is_markdown():
    assert table(("x", "y"), [(1, 2)]) == "| x | y |\n| --- | --- |\n| 1 | 2 |\n"


def test_a_page_keeps_what_was_measured_on_other_machines():
    page = with_section("## a\n\n1\n\n## b\n\n2\n", "a", "3\n\n| x |\n")
    assert page == "## a\n\n3\n\n| x |\n\n## b\n\n2\n"
    assert with_section(page, "c", "4") == f"{page}\n## c\n\n4\n"


def test_a_profile_is_summed_up_by_kinds_of_operations():
    xplane_pb2 = pytest.importorskip("tensorflow.tsl.profiler.protobuf.xplane_pb2")
    space = xplane_pb2.XSpace()
    plane = space.planes.add()
    line = plane.lines.add()
    names = (
        "stage_1/cnn/Conv2D:_MklNativeFusedConv2D",
        "gradients/Conv2DBackpropFilter:Conv2DBackpropFilter",
        "kernel_muon/MatMul:MatMul",
        "stage_1/MatMul:MatMul",
        "a/strange/operation:Strange",
        "a thread without operation",
    )
    for number, name in enumerate(names, 1):
        plane.event_metadata[number].name = name
        line.events.add(metadata_id=number, duration_ps=number * 10**12)
    assert profile.by_kind(space.SerializeToString()) == {
        "convolutions": 1,
        "convolutions, gradient towards the kernels": 2,
        profile.OPTIMIZER: 3,
        "matrix products": 4,
        profile.REST: 5,
    }
