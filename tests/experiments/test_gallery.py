import re

import numpy as np
import pytest

from amp_net import images
from experiments.gallery import PAGES, run_lines

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
