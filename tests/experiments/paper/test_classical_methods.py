import pytest

from amp_net.classical.methods import METHODS
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from experiments.paper import classical_methods
from experiments.shared.result_files import RESULTS
from tests.conftest import ROOT


def test_a_smoke_run_shows_every_method_and_writes_nothing(forking_server, command_environment):
    """But for BM3D, which need not be installed."""
    before = {path: path.stat().st_mtime_ns for path in (RESULTS / "paper").iterdir()}
    methods = [name for name in METHODS if name != "bm3d_amp"]
    arguments = ("-m", "experiments.paper.classical_methods", "--quick", f"--method={','.join(methods)}")
    done = forking_server.run(arguments, ROOT, command_environment, timeout=600)
    assert done.returncode == 0, done.stderr
    psnr = done.stdout.split("\n\n")[0].splitlines()
    assert psnr[0].startswith("| samples, PSNR in dB | 25 % |")
    reached = {line.split(" | ")[0].strip("| "): float(line.split(" | ")[1].strip("| ")) for line in psnr[2:]}
    assert list(reached) == ["pseudo-inverse", "AMP", "ISTA", "FISTA", "TV", "NLM-AMP"]
    assert (
        min(level for name, level in reached.items() if name != "pseudo-inverse")
        > reached["pseudo-inverse"] + 5
    )
    assert {path: path.stat().st_mtime_ns for path in (RESULTS / "paper").iterdir()} == before


@pytest.fixture
def own_file(tmp_path, monkeypatch):
    monkeypatch.setattr(classical_methods, "FILE", tmp_path / "rows.csv")
    return tmp_path / "rows.csv"


def test_what_is_there_is_not_measured_again(own_file):
    row = classical_methods.measure("samples", "pinv", "4", None)
    assert (row["method"], row["cs_ratio"], row["images"]) == ("pinv", "4", 6)
    assert 5 < float(row["psnr"]) < 12
    assert not list(own_file.parent.iterdir())
    classical_methods.texts.write_csv(own_file, classical_methods.COLUMNS, [row])
    left = classical_methods.cells(["samples"], ["pinv", "tv"], ["4", "10"])
    assert left == [("samples", "pinv", "10"), ("samples", "tv", "4"), ("samples", "tv", "10")]


def test_the_page_has_published_figures_below_ours():
    rows = [
        {"dataset": "set11", "method": method, "cs_ratio": f"{ratio}", "psnr": f"{ratio}.456"}
        for method in METHODS
        for ratio in PUBLISHED_MEASUREMENTS
    ]
    rows = [{**row, "ssim": "0.5", "seconds": "9"} for row in rows]
    first, ssim, _ = classical_methods.page(rows).split("\n\n")
    assert "| BM3D-AMP | 1.46 | 4.46 | 10.46 | 25.46 | 30.46 | 40.46 | 50.46 |" in first
    assert "| BM3D-AMP, published | 4.91 | 17.32 | 22.12 | 27.87 | – | 32.79 | 34.11 |" in first
    assert "0.5000" in ssim
    assert "published" not in ssim
    with pytest.raises(ValueError, match="lacks 1 of 49 cells: set11, bm3d_amp, 50"):
        classical_methods.page(rows[:-1])
