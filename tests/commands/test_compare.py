"""The guide "Compare your method", as it is written."""

import csv
import re

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "guides" / "compare.md").read_text(encoding="utf-8")
CORNER = """
from amp_net import evaluate
from amp_net.photographs import image_sets

whole = image_sets.load
image_sets.load = lambda *set: [(name, image[:66, :66]) for name, image in whole(*set)][:1]
evaluate.run()
"""


def test_the_example_stands_beside_a_preset_and_total_variation(program, tmp_path):
    """On the corner of one image, which takes less time."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(example.splitlines()) <= 10
    (tmp_path / "mine.py").write_text(example)
    (tmp_path / "corner.py").write_text(CORNER)
    (line,) = [line for line in PAGE.splitlines() if "--method=mine:smooth" in line and "--report" in line]
    done = program("corner.py", *line.split()[3:])
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "out" / "results.csv", encoding="utf-8") as file:
        psnr = {row["preset"]: float(row["psnr"]) for row in csv.DictReader(file)}
    assert list(psnr) == ["amp_net_cs25", "mine.smooth_cs25", "tv_cs25"]
    assert psnr["amp_net_cs25"] > psnr["tv_cs25"] > psnr["mine.smooth_cs25"] > 20
    assert "mine.smooth_cs25" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_every_method_is_in_the_table():
    from amp_net.classical.methods import METHODS, TRAINED

    table = "".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    found = re.findall(r"`(\w+)`", re.sub(r"`pip[^`]*`", "", table))
    assert found[: len(METHODS)] == list(METHODS)
    assert sorted(found[len(METHODS) :]) == sorted(TRAINED)
