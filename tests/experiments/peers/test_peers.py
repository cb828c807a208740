import os
import pickle

import numpy as np
import pytest
from scipy.signal import correlate2d

from amp_net import evaluation, images
from amp_net.photographs import image_sets
from experiments.peers import ista_net, torch_files


def convolve(maps, kernel):
    """Maps `(inputs, side, side)` by a kernel `(outputs, inputs, 3, 3)`."""
    return np.stack(
        [
            sum(correlate2d(one, part, "same") for one, part in zip(maps, parts, strict=True))
            for parts in kernel
        ]
    )


def recover(block, matrix, start, phases):
    """ISTA-Net, or ISTA-Net+ where a phase has a `conv_D`, of one block."""
    y = matrix @ block.ravel()
    x = start @ y
    for phase in phases:
        r = x - phase["lambda_step"] * (matrix.T @ (matrix @ x - y))
        maps = r.reshape(1, 33, 33)
        if "conv_D" in phase:
            maps = convolve(maps, phase["conv_D"])
        maps = convolve(np.maximum(convolve(maps, phase["conv1_forward"]), 0), phase["conv2_forward"])
        maps = np.sign(maps) * np.maximum(np.abs(maps) - phase["soft_thr"], 0)
        maps = convolve(np.maximum(convolve(maps, phase["conv1_backward"]), 0), phase["conv2_backward"])
        x = r + convolve(maps, phase["conv_G"]).ravel() if "conv_D" in phase else maps.ravel()
    return x.reshape(33, 33)


@pytest.mark.parametrize("plus", [False, True])
def test_ista_net_is_what_its_paper_says(plus, rng, blocks):
    maps = 4
    shapes = {
        "conv1_forward": (maps, maps if plus else 1, 3, 3),
        "conv2_forward": (maps, maps, 3, 3),
        "conv1_backward": (maps, maps, 3, 3),
        "conv2_backward": (maps if plus else 1, maps, 3, 3),
        **({"conv_D": (maps, 1, 3, 3), "conv_G": (1, maps, 3, 3)} if plus else {}),
    }
    phases = [
        {
            **{name: rng.normal(0, 0.3, shape).astype("float32") for name, shape in shapes.items()},
            "lambda_step": np.float32([0.4 + k]),
            "soft_thr": np.float32([0.05]),
        }
        for k in range(2)
    ]
    matrix, start = rng.normal(0, 0.03, (20, 1089)), rng.normal(0, 0.03, (1089, 20))
    found = ista_net.ISTANet(matrix, start, phases)(blocks[:2]).numpy()
    for one, other in zip(found, blocks[:2], strict=True):
        np.testing.assert_allclose(one[..., 0], recover(other[..., 0], matrix, start, phases), atol=2e-5)


def test_the_published_weights_reach_what_they_are_known_to(peers_dir, data_dir):
    tests = [images.to_unit(image) for _, image in image_sets.load("set11", data_dir)]
    # The published are 26.64 and 32.57 for ISTA-Net+, 17.30 for ISTA-Net at 1 %.
    for plus, ratio, aim in ((True, 10, 26.64), (False, 1, 17.30)):
        reached = evaluation.average_psnr(ista_net.load(peers_dir, plus, ratio), tests)
        assert reached == pytest.approx(aim, abs=0.2)


def test_a_damaged_weights_file_is_refused(peers_dir, tmp_path):
    content = (peers_dir / "ista_net_cs25.pkl").read_bytes()
    path = tmp_path / "weights.pkl"
    for kept in (0, 10, 3000, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(ValueError, match=r"weights\.pkl is no weights file of PyTorch"):
            torch_files.read(path)
    with pytest.raises(ValueError, match="No such file"):
        torch_files.read(tmp_path / "none.pkl")


def test_a_weights_file_runs_no_code(tmp_path):
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(os.getcwd) * 4)
    with pytest.raises(ValueError, match=r"it holds a posix\.getcwd"):
        torch_files.read(path)
