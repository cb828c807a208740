import numpy as np
import pytest

from experiments.benchmark import quality_and_speed
from experiments.benchmark.networks.plain_network import PlainAMPNet
from experiments.paper import methods

torch = pytest.importorskip("torch", reason="PyTorch, which only the benchmark needs, is not installed")
torch_whole_images = pytest.importorskip("experiments.benchmark.networks.torch_whole_images")


def test_the_networks_of_others_have_their_published_size():
    published = methods.others()
    for name, network in (
        ("OPINE-Net+ (across blocks)", torch_whole_images.TorchOPINENetPlus()),
        ("CASNet", torch_whole_images.TorchCASNet()),
    ):
        size = float(published[name]["parameters"].split()[0])
        assert torch_whole_images.parameters(network) / 1e6 == pytest.approx(size, abs=0.05)
    # By hand: Φ of 272×1089, and in nine phases six convolutions, a step and a threshold.
    assert torch_whole_images.parameters(torch_whole_images.TorchOPINENetPlus()) == 272 * 33**2 + 9 * (
        9 * (32 + 4 * 32**2 + 32) + 2
    )


def test_sensing_in_pytorch_is_that_of_single_blocks_and_has_its_transpose():
    sensing = torch_whole_images.TorchBlockSensing(5, 3)
    image = torch.rand(1, 1, 6, 9)
    y = sensing(image)
    assert y.shape == (1, 5, 2, 3)
    block = image[0, 0, 3:, 6:].flatten()
    np.testing.assert_allclose(y[0, :, 1, 2].detach(), (sensing.matrix @ block).detach(), rtol=1e-4)
    np.testing.assert_allclose(sensing(image, 2).detach(), y[:, :2].detach(), rtol=1e-4, atol=1e-6)
    other = torch.rand_like(y)
    there, back = (y * other).sum(), (image * sensing.back(other)).sum()
    assert float(there.detach()) == pytest.approx(float(back.detach()), rel=1e-4)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: torch_whole_images.TorchOPINENetPlus(4, phases=2, channels=3), (2, 1, 66, 33)),
        (lambda: torch_whole_images.TorchCASNet(8, phases=2), (2, 1, 32, 64)),
    ],
)
def test_every_part_of_a_network_takes_part(make, shape):
    torch.manual_seed(1)
    network = make()
    found = network(torch.rand(shape))
    assert found.shape == shape
    found.square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_tensorflow_and_pytorch_count_the_same_multiply_adds():
    from experiments.benchmark.networks.torch_networks import TorchAMPNet

    model = PlainAMPNet(cs_ratio=4, stages=2)
    ours = quality_and_speed.multiply_adds(model.__call__, (3, 33, 33, 1))
    theirs = torch_whole_images.multiply_adds(TorchAMPNet(model), torch.rand(3, 1, 33, 33))
    assert theirs == 3 * 33**2 * (2 * 9 * (32 + 4 * 32**2 + 32) + 6 * 43)
    # TensorFlow counts additions and ReLUs as well.
    assert theirs <= ours <= 1.01 * theirs


def test_quality_stands_beside_speed(monkeypatch):
    called = []

    def one_second_more_each(contenders, rounds):
        called.append(rounds)
        return {name: 1.0 + place for place, name in enumerate(contenders)}

    monkeypatch.setattr(quality_and_speed, "in_turns", one_second_more_each)
    monkeypatch.setattr(quality_and_speed, "multiply_adds", lambda function, shape: 2_000_000_000)
    page = quality_and_speed.compare(3)
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| ")]
    shown = {name: cells for name, *cells in rows}
    published = methods.others()["CASNet"]["set11"][25]
    assert called == [3]
    assert shown[quality_and_speed.FIRST][:4] == ["1000", "1.00", "0.93", "2.0"]
    assert (
        shown["amp_net_any_ratio, whole image"][-1]
        == f"{methods.ours()['`amp_net_any_ratio`']['set11'][25]:.2f}"
    )
    assert shown["PyTorch, CASNet's shape"][-1] == f"{published:.2f}, published"
    assert shown["PyTorch, CASNet's shape"][2] == "16.89"
