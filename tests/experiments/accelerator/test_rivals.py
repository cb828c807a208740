import json

import numpy as np
import pytest

from amp_net.models import presets
from experiments.peers import packed_rivals, rivals
from experiments.peers.rival_trainings import Data
from tests.backends.under_backend import run_under

PROCESS = "tests.experiments.accelerator.rivals_process"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rivals")
    done = run_under("jax", PROCESS, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def data():
    return Data.of_sets(None, ("samples",), 300 * 33**2)


def test_what_jax_has_trained_becomes_presets(packed, data, tmp_path):
    told = json.loads((packed / packed_rivals.LIST).read_text())["networks"]
    assert [(each["method"], each["cs_ratio"]) for each in told] == [("ad_recon_net", 1)]
    assert all(each["steps"] >= 2 and each["curve"] for each in told)
    assert packed_rivals.unpack(packed, tmp_path, data) == 1
    with np.load(packed / "rivals_0.npz") as stored:
        for name in ("ad_recon_net",):
            model = presets.load(rivals.class_of(name), tmp_path / f"{name}_cs1")
            for place, weight in enumerate(packed_rivals.kept(model)):
                np.testing.assert_allclose(weight, stored[f"{name}_cs1/{place}"], rtol=2e-3, atol=1e-6)
            metadata = presets.load_metadata(tmp_path / f"{name}_cs1")
            assert metadata["minutes"] == 0.03
            assert metadata["validation_psnr"] > 5


def test_a_kept_phi_is_made_anew(data, tmp_path):
    model = rivals.make("recon_net", 1, "float32")
    rivals.start("recon_net", model, data.crops)
    assert len(packed_rivals.kept(model)) == len(model.weights) - 1
    packed_rivals.Packs(tmp_path).add("recon_net", 1, model, {"steps": 0})
    packed_rivals.unpack(tmp_path, tmp_path / "presets", data)
    loaded = presets.load(rivals.class_of("recon_net"), tmp_path / "presets" / "recon_net_cs1")
    np.testing.assert_array_equal(loaded.sensing.matrix, model.sensing.matrix)


def test_a_pack_of_other_networks_is_refused(packed, data, tmp_path):
    for path in packed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    told = json.loads((tmp_path / packed_rivals.LIST).read_text())["networks"]
    (tmp_path / packed_rivals.LIST).write_text(json.dumps({"networks": [{**told[0], "cs_ratio": 4}]}))
    with pytest.raises(ValueError, match="lacks weights of ad_recon_net_cs4"):
        packed_rivals.unpack(tmp_path, tmp_path / "presets", data)


def test_files_stay_small_and_all_networks_are_in_them(tmp_path, monkeypatch):
    monkeypatch.setattr(packed_rivals, "MOST", 400_000)
    packs, wanted = packed_rivals.Packs(tmp_path), []
    for name, ratio in (("recon_net", 1), ("fcmn", 1), ("recon_net", 10), ("recon_net", 4)):
        model = rivals.make(name, ratio, "float32")
        packs.add(name, ratio, model, {"steps": 1})
        wanted += [f"{name}_cs{ratio}/{place}" for place in range(len(packed_rivals.kept(model)))]
    found = []
    for path in tmp_path.glob("*.npz"):
        with np.load(path) as stored:
            found += stored.files
            assert sum(stored[name].nbytes for name in stored.files) <= 400_000
    assert sorted(found) == sorted(wanted)
    assert len({*tmp_path.glob("*.npz")}) > 1
