import numpy as np

from amp_net import AMPNet, Measurements
from amp_net.batch import conversions
from amp_net.batch.reconstructors import Reconstructors
from amp_net.measurements import fingerprint
from amp_net.models import presets


def test_pieces_that_were_kept_are_for_one_shape_and_one_network(tmp_path, monkeypatch):
    model = AMPNet(cs_ratio=10, stages=1, channels=4)
    model.save_to_preset(tmp_path / "preset")
    model = AMPNet.from_preset(tmp_path / "preset")
    y, names = np.zeros((2, 3, 1, 109), "float32"), []
    kept = conversions.Kept
    monkeypatch.setattr(conversions, "Kept", lambda *arguments: names.append(kept(*arguments).name))

    def rebuild(rows, columns, height):
        turned = y.reshape(rows, columns, 1, 109)
        phi = fingerprint(model.sensing.matrix)
        measured = Measurements(turned, height, columns * 33, "uint8", 33, "", phi)
        models = Reconstructors(preset=tmp_path / "preset")
        conversions.RebuildFile(models).rebuild(measured, model, tmp_path / "p.png", tmp_path / "kept")

    rebuild(2, 3, 66)
    rebuild(2, 3, 66)
    assert names[0] == names[1]
    rebuild(3, 2, 99)
    rebuild(2, 3, 65)
    AMPNet(cs_ratio=10, stages=1, channels=4, activation="tanh").save_to_preset(tmp_path / "other")
    was = presets.identity
    monkeypatch.setattr(presets, "identity", lambda _: was(tmp_path / "other"))
    rebuild(2, 3, 66)
    assert len({*names}) == 4
