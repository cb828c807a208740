import json

import numpy as np
import pytest

from tests.backends.under_backend import run_under

PROCESS = "tests.experiments.accelerator.any_phi_process"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("any_phi")
    done = run_under("jax", PROCESS, folder)
    assert done.returncode == 0, done.stderr
    assert {"curve.csv", "trunk.npz", "final.npz"} <= {path.name for path in folder.iterdir()}
    with np.load(folder / "final.npz") as final:
        assert "closing/bias" in final.files
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize(("operator", "n"), [("dense", 64), ("hadamard", 256)])
def test_every_draw_has_orthonormal_rows_and_measures_any_part_of_them(operator, n, found):
    drawn = found[operator]
    assert drawn["worst"] < 1e-5
    assert (1 <= drawn["least"] <= 0.05 * n, 0.9 * n <= drawn["most"] <= n) == (True, True)
    assert 0.35 < drawn["noisy"] < 0.65


def test_a_short_training_gets_better(found):
    assert found["psnr"][-1] > found["psnr"][0] + 0.3
