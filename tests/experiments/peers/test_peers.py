import os
import pickle

import pytest

from amp_net import evaluation, images
from amp_net.photographs import image_sets
from experiments.peers import ista_net, torch_files


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
