"""Writes the results table of README from the presets' metadata: `python -m experiments.readme_results`."""

import json
from pathlib import Path

from amp_net import files, presets

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results: python -m experiments.readme_results -->\n", "<!-- end of results -->"
NETWORKS = {"amp_net": "AMP-Net", "ampa_net": "AMPA-Net"}


def table():
    """Our PSNR on each test set beside the published one, as Markdown."""
    published = json.loads((ROOT / "experiments" / "published.json").read_text(encoding="utf-8"))
    lines = [
        "| preset | data set | PSNR (dB) | SSIM | published, same network | ISTA-Net+ | steps | hours |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in presets.shipped():
        network, cs_ratio = name.rsplit("_cs", 1)
        column = published["cs_ratios_percent"].index(int(cs_ratio))
        metadata = presets.load_metadata(name)
        for dataset, means in metadata["results"].items():
            if dataset not in published:
                continue
            theirs = published[dataset]
            cells = (
                name,
                dataset,
                f"**{means['psnr']:.2f}**",
                f"{means['ssim']:.4f}",
                f"{theirs[NETWORKS[network]][column]:.2f}",
                f"{theirs['ISTA-Net+'][column]:.2f}",
                str(metadata["steps"]),
                f"{metadata['hours']:.2f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def with_table(readme):
    """The README's text with its results table as it is now."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = ROOT / "README.md"
    files.write(path, with_table(path.read_text(encoding="utf-8")))
