import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from amp_net import images
from amp_net.models import presets
from experiments.gallery import PAGES, run_lines
from tests.conftest import ROOT

PICTURED = sorted(PAGES.glob("*.md"))


@pytest.mark.parametrize("page", PICTURED, ids=[page.stem for page in PICTURED])
def test_the_lines_of_a_page_make_its_pictures(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_lines(page)
    shown = re.findall(r"!\[.*?\]\((.*?)\)", page.read_text(encoding="utf-8"))
    assert {path.name for path in tmp_path.iterdir()} == {*shown}
    for name in shown:
        made, kept = (images.read(folder / name).astype(float) for folder in (tmp_path, PAGES))
        # Other processors round otherwise.
        assert np.abs(made - kept).mean() < 2


def command_lines(page):
    """The commands of a page's bash, as lists of words."""
    for block in re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in re.findall(r"venv/bin/python (-m [^&\n]*)", block.replace("\\\n", " ")):
            yield shlex.split(line.replace("$worker", "0"))


LINES = [line for page in PICTURED for line in command_lines(page)]


@pytest.mark.parametrize("line", LINES, ids=[line[1] for line in LINES])
def test_the_flags_of_a_command_are_there(line):
    checked = subprocess.run(
        [sys.executable, *line, "--only_check_args"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_a_training_from_a_preset_has_its_ratio():
    """The flag's default would be another."""
    found = [(line, name) for line in LINES for name in re.findall(r"--start_from=(\S+)", " ".join(line))]
    assert found
    for line, name in found:
        assert f"--cs_ratio={presets.load_metadata(name)['training']['model']['cs_ratio']}" in line
