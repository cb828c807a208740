import numpy as np
import pytest

from amp_net.classical.at_operator import Classical
from amp_net.operators.dense import Dense
from experiments.beyond import noise
from experiments.shared.result_files import fingerprint
from experiments.shared.whole import check_whole


def test_sigma_is_that_of_pixels_whatever_the_rows_norms(rng):
    """Where all is measured by orthogonal rows, the pseudo-inverse gives the noise back as that of pixels."""
    rows = np.linalg.qr(rng.normal(size=(16, 16)))[0] * rng.uniform(0.1, 20, (16, 1))
    model = Classical(Dense(rows.astype("float32"), (4, 4)), "pinv")
    photograph = np.full((256, 256), 0.5, "float32")
    assert noise.psnr_of(model, [photograph], 0) > 80
    for sigma in (0.01, 0.05):
        assert noise.psnr_of(model, [photograph], sigma) == pytest.approx(-20 * np.log10(sigma), abs=0.1)


def test_only_the_network_for_any_phi_is_told(monkeypatch):
    told = []

    class Network:
        MARGIN, STEP = 1, 1

        def at(self, operator):
            return self

        def reconstruct(self, y, sigma):
            told.append(sigma)
            return np.zeros((1, 33, 33, 1), "float32")

    monkeypatch.setattr("amp_net.evaluation.compared.AnyPhiAMPNet.from_preset", Network)
    model = noise.model_of(noise.ANY_PHI, 4, 0.03)
    noise.psnr_of(model, [np.zeros((33, 33), "float32")], 0.03)
    assert told == [0.03]
    assert model.measurements == 43


def test_rows_of_the_same_weights_are_kept_and_others_go(tmp_path, monkeypatch):
    monkeypatch.setattr(noise, "FILE", tmp_path / "noise.csv")
    monkeypatch.setattr(noise, "model_of", lambda *given: given)
    made = []
    monkeypatch.setattr(noise, "psnr_of", lambda model, photographs, sigma: made.append(model) or 20.0)
    for weights in ("a", "a", "b"):
        monkeypatch.setattr(noise, "fingerprint", lambda preset, weights=weights: weights)
        for sigma in (0, 0.01):
            noise.measure("amp_net", 10, sigma, [0])
    assert len(made) == 4
    assert [(row["weights"], row["sigma"]) for row in noise.texts.read_csv(noise.FILE)] == [
        ("b", "0"),
        ("b", "0.01"),
    ]


def test_the_page_is_that_of_the_shipped_presets():
    rows = noise.texts.read_csv(noise.FILE)
    assert noise.FILE.with_suffix(".md").read_text(encoding="utf-8").endswith(noise.page(rows))
    networks = (*noise.PAPER, noise.ANY_RATIO, noise.BINARY, noise.ANY_PHI)
    wanted = [
        (name, str(ratio), f"{sigma:g}")
        for name in networks
        for ratio in noise.RATIOS
        for sigma in noise.LEVELS
    ]
    check_whole(wanted, {(row["network"], row["cs_ratio"], row["sigma"]) for row in rows}, noise.FILE.name)
    for row in rows:
        assert row["weights"] == fingerprint(noise.preset_of(row["network"], row["cs_ratio"]))
