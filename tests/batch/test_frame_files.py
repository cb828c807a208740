import numpy as np
import pytest

from amp_net import AMPNet, images
from amp_net.batch import frame_files, solvers
from amp_net.images import blocks
from amp_net.measurements import whole_images
from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.operators.gaussian import gaussian


def test_a_large_frame_goes_on_after_a_kill(tmp_path, monkeypatch, rng):
    model = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)
    monkeypatch.setattr(blocks, "BATCH", 2)
    np.save(tmp_path / "y.npy", rng.random((1, 3, 2, model.measurements)).astype("float32"))
    rebuilt = []

    def until_killed(y):
        rebuilt.append(y)
        if len(rebuilt) == 3:
            raise KeyboardInterrupt
        return whole(y)

    whole, target = model.reconstruct, tmp_path / "y.png"

    def work(identity):
        made = frame_files.FrameFiles(load=lambda _: model, way="blockwise", scale=1.0, identity=identity)
        made.work(tmp_path / "y.npy", target)

    monkeypatch.setattr(model, "reconstruct", until_killed)
    with pytest.raises(KeyboardInterrupt):
        work(lambda: ["a"])
    assert len([*(tmp_path / ".y.png.pieces").iterdir()]) == 2
    work(lambda: ["a"])
    assert len(rebuilt) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["y.npy", "y.png"]
    of_pieces = images.read(target)
    target.unlink()
    work(None)
    assert len(rebuilt) == 7
    np.testing.assert_array_equal(images.read(target), of_pieces)


def test_pieces_are_of_one_network_and_one_y(tmp_path, monkeypatch, rng):
    names = []
    kept = frame_files.Kept
    monkeypatch.setattr(frame_files, "Kept", lambda *arguments: names.append(kept(*arguments)) or names[-1])
    model = AMPNet(cs_ratio=25, stages=1, channels=4, block_size=8)
    for identity, fill in ((["a"], 0.5), (["b"], 0.5), (["b"], 0.4), (["b"], 0.4)):
        np.save(tmp_path / "y.npy", np.full((1, 3, 2, model.measurements), fill, "float32"))
        made = frame_files.FrameFiles(load=lambda _: model, scale=1.0, identity=lambda told=identity: told)
        made.work(tmp_path / "y.npy", tmp_path / "y.png")
    made = [each.name for each in names[::2]]
    assert made[2] == made[3]
    assert len({*made}) == 3


def test_the_network_for_any_phi_rebuilds_large_images_in_tiles(tmp_path, monkeypatch, rng):
    AnyPhiAMPNet(stages=2, channels=8, blocks=1).save_to_preset(tmp_path / "preset")
    rebuild = solvers.solver("network", gaussian(48, (8, 8)), tmp_path / "preset")
    y = rng.random((1, 30, 1, 48)).astype("float32") / 10
    whole, seen = rebuild(y, 0.01), []
    for module in (whole_images, solvers):
        monkeypatch.setattr(module, "LARGEST", 20)
    tile = whole_images._tile
    monkeypatch.setattr(whole_images, "_tile", lambda *arguments: seen.append(1) or tile(*arguments))
    np.testing.assert_allclose(rebuild(y, 0.01), whole, atol=1e-4)
    assert len(seen) == 4


@pytest.mark.parametrize(("method", "way"), [("network", None), ("pinv", None), ("pinv", "blockwise")])
def test_several_frames_show_how_far_they_are(method, way, tmp_path, monkeypatch):
    AnyPhiAMPNet(stages=1, channels=4, blocks=1).save_to_preset(tmp_path / "preset")
    monkeypatch.setattr(solvers, "AT_ONCE", 2 * 64)
    shown = []
    monkeypatch.setattr(
        solvers.progress, "bar", lambda *told: shown.append((len(told[0]), told[1])) or told[0]
    )
    rebuild = solvers.solver(method, gaussian(48, (8, 8)), tmp_path / "preset", way)
    for frames, expected in ((1, []), (4, [(2 if method == "network" else 4, "frame")])):
        assert rebuild(np.zeros((frames, 1, 1, 48), "float32"), 0.0, None).shape == (frames, 8, 8)
        assert shown == expected
