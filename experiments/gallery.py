"""Makes the pictures of the gallery, by running what its pages say: `python -m experiments.gallery`."""

import os
import re
from pathlib import Path

from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.shared.result_files import small_png

PAGES = Path(__file__).resolve().parents[1] / "docs" / "gallery"


def main():
    """Each page's lines, as they stand, in the folder of the pages."""
    os.chdir(PAGES)
    for page in sorted(PAGES.glob("*.md")):
        print(page.name, flush=True)
        run_lines(page)
    for picture in sorted(PAGES.glob("*.png")):
        files.write(picture, small_png(picture.read_bytes()))


def run_lines(page):
    """Runs the Python of a page in the working folder.

    Args:
        page: path of a Markdown file.
    """
    for lines in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(lines, {})


if __name__ == "__main__":
    cli.run(main)
