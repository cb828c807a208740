"""Writes the tables of docs/methods.md: `python -m experiments.paper.methods`.

Other methods' figures are in `methods.json`, or in `amp_net/evaluation/published.json` if the package shows
them too; ours are what the presets' metadata and `experiments/results/beyond` have.
"""

import json
from pathlib import Path

from amp_net.command_line import cli
from amp_net.evaluation.published import other_figures
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage.disk import files
from experiments.paper import readme_results
from experiments.paper.readme_results import ANY_RATIO, BINARY
from experiments.shared.markdown import table
from experiments.shared.result_files import TITLES

FILE = Path(__file__).with_name("methods.json")
PAGE = readme_results.ROOT / "docs" / "methods.md"
BEGIN = "<!-- methods: python -m experiments.paper.methods -->\n"
END = "<!-- end of methods -->"
OURS = "ours"
DATASETS = ("set11", "bsd68", "urban100")
NEEDED = "set11"
"""The set on which every network of ours is shown at every ratio; on others where it is measured."""
SORTED_BY = 10
"""The CS ratio in percent that all methods have a figure for."""
RATIOS = [f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS]


def others():
    """By name, the other methods: a dict as in `methods.json`, with a dict of CS ratio to dB for each set.

    Raises:
        ValueError: if a figure is in both files, or in neither.
    """
    content = json.loads(FILE.read_text(encoding="utf-8"))
    shown, found = other_figures("set11"), {}
    for name, method in content["methods"].items():
        if ("set11" in method) == (name in shown):
            raise ValueError(f"The figures of {name} on Set11 belong into methods.json or published.json.")
        found[name] = dict(method)
        for dataset in DATASETS:
            values = zip(content["cs_ratios_percent"], method.get(dataset, ()), strict=dataset in method)
            found[name][dataset] = {ratio: value for ratio, value in values if value is not None}
        found[name]["set11"] = found[name]["set11"] or shown[name]
    return found


def ours():
    """Likewise our networks, from their metadata and what was measured of them.

    Raises:
        ValueError: if a figure is missing.
    """
    from amp_net.models import presets

    mine, found = readme_results.ours(), {}
    common = {"year": OURS, "sensed": "33×33 blocks", "source": "[results](results.md)"}
    for network in ("AMP-Net", "AMPA-Net"):
        metadata = [each for (name, _), each in sorted(mine.items()) if name == network]
        sizes = [each["parameters"] / 1e6 for each in metadata]
        shared = {
            **common,
            "phi": "learned",
            "networks": "one a ratio",
            "data": ", ".join(sorted({each["training"]["data"].upper() for each in metadata})),
            "parameters": f"{min(sizes):.2f} to {max(sizes):.2f}",
        }
        found[network] = {**shared, "rebuilt": "single blocks"}
        found[f"{network}, whole image"] = {**shared, "rebuilt": "whole image"}
        for dataset in DATASETS:
            found[network][dataset] = _blockwise(mine, network, dataset)
            found[f"{network}, whole image"][dataset] = readme_results.whole_images(network, dataset)
    for preset, phi in ((ANY_RATIO, "learned, nested"), (BINARY, "±1, nested")):
        metadata = presets.load_metadata(preset)
        found[f"`{preset}`"] = {
            **common,
            "phi": phi,
            "rebuilt": "whole image",
            "networks": "one for all",
            "data": metadata["training"]["data"].split(",")[0],
            "parameters": f"{metadata['parameters'] / 1e6:.1f}",
            **{dataset: readme_results.of_any_ratio(dataset, preset) for dataset in DATASETS},
        }
    for name, method in found.items():
        for dataset in DATASETS:
            _check(name, dataset, method[dataset])
    return found


def tables():
    """All of the page's tables, as Markdown."""
    methods = {**others(), **ours()}
    parts = []
    for dataset in DATASETS:
        rows = [
            (_marked(name, method), method["year"], method["phi"] or "–", *_cells(method, method[dataset]))
            for name, method in _sorted(methods, dataset)
        ]
        parts.append(table((f"{TITLES[dataset]}, PSNR in dB", "year", "Φ", *RATIOS), rows))
    fields = ("sensed", "rebuilt", "networks", "data", "parameters", "source")
    heading = ("", "sensed", "rebuilt", "networks", "trained on", "parameters, million", "source")
    rows = [
        (_marked(name, method), *(method[field] or "–" for field in fields))
        for name, method in _sorted(methods, NEEDED)
    ]
    return "\n".join([*parts, table(heading, rows)])


def update():
    """Rewrites the page."""
    files.write(PAGE, with_tables(PAGE.read_text(encoding="utf-8")))


def with_tables(page):
    """The page's text with these tables between its two markers."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + tables() + END + rest.split(END, 1)[1]


def _blockwise(mine, network, dataset):
    """As `readme_results.accuracy`, in colour of the luminance."""
    return {
        ratio: metadata["results"][dataset]["psnr_y"]
        for (name, ratio), metadata in sorted(mine.items())
        if name == network and dataset in metadata["results"]
    }


def _check(name, dataset, values):
    missing = [ratio for ratio in PUBLISHED_MEASUREMENTS if ratio not in values]
    if missing and (values or dataset == NEEDED):
        ratios = ", ".join(f"{ratio} %" for ratio in missing)
        raise ValueError(f"{name} is not measured on {TITLES[dataset]} at {ratios}; measure it first.")


def _sorted(methods, dataset):
    """Names and methods that have figures of a set, by their figure at `SORTED_BY`."""
    shown = [(name, method) for name, method in methods.items() if method[dataset]]
    return sorted(shown, key=lambda each: _lowest(each[1][dataset][SORTED_BY]))


def _lowest(value):
    return min(value) if isinstance(value, list) else value


def _marked(name, method):
    return f"**{name}**" if method["year"] == OURS else name


def _cells(method, values):
    shown = "**{}**" if method["year"] == OURS else "{}"
    return [
        shown.format(_cell(values[ratio])) if ratio in values else "–" for ratio in PUBLISHED_MEASUREMENTS
    ]


def _cell(value):
    return "–".join(f"{end:.1f}" for end in value) if isinstance(value, list) else f"{value:.2f}"


if __name__ == "__main__":
    cli.run(update)
