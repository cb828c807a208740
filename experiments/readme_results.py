"""Writes the results table of README from the presets' metadata: `python -m experiments.readme_results`."""

from pathlib import Path

from amp_net import files, presets
from amp_net.published import figures, split_name

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results: python -m experiments.readme_results -->\n", "<!-- end of results -->"


def table():
    """Our PSNR on each test set beside the published one, as Markdown."""
    lines = [
        "| preset | data set | PSNR (dB) | SSIM | published, same network | ISTA-Net+ | steps | hours |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in presets.shipped():
        network, cs_ratio = split_name(name)
        metadata = presets.load_metadata(name)
        for dataset, means in metadata["results"].items():
            theirs = figures(dataset)
            if not theirs:
                continue
            cells = (
                name,
                dataset,
                f"**{means['psnr']:.2f}**",
                f"{means['ssim']:.4f}",
                _figure(theirs[network], cs_ratio),
                _figure(theirs["ISTA-Net+"], cs_ratio),
                str(metadata["steps"]),
                f"{metadata['hours']:.2f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _figure(values, cs_ratio):
    return f"{values[cs_ratio]:.2f}" if cs_ratio in values else "–"


def with_table(readme):
    """The README's text with its results table as it is now."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = ROOT / "README.md"
    files.write(path, with_table(path.read_text(encoding="utf-8")))
