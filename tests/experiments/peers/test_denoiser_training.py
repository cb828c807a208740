from amp_net.models import presets
from amp_net.models.rivals.dn_cnn import DnCNN
from experiments.peers.denoiser_training import SIDE, train_into
from experiments.peers.rival_trainings import Data


def test_the_denoiser_is_trained_and_kept(tmp_path):
    data = Data.of_sets(None, ("samples",), 80 * SIDE**2)
    reached = train_into(tmp_path / "dn_cnn", data, 0.005, depth=3, channels=4)
    assert list(reached) == ["5", "15", "25", "50", "100", "200"]
    assert reached["5"] > reached["50"] > reached["200"]
    metadata = presets.load_metadata(tmp_path / "dn_cnn")
    assert metadata["results"]["validation_psnr"] == reached
    assert metadata["steps"] > 0
    assert presets.load(DnCNN, tmp_path / "dn_cnn").config == {"depth": 3, "channels": 4}
    assert [path.name for path in tmp_path.iterdir()] == ["dn_cnn"]
