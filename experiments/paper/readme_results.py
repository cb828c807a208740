"""Writes the tables of README and docs: `python -m experiments.paper.readme_results`."""

import shlex
from pathlib import Path

from amp_net.command_line import cli
from amp_net.evaluation.published import NETWORKS, figures, other_figures, split_name
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.shared import result_files
from experiments.shared.markdown import table
from experiments.shared.result_files import TITLES, fingerprint, measured_sha256
from experiments.shared.whole import check_cells

ROOT = Path(__file__).resolve().parent.parent.parent
README, RESULTS = ROOT / "README.md", ROOT / "docs" / "results.md"
GUIDE = ROOT / "docs" / "guides" / "any_ratio.md"
BEGIN, END = "<!-- results: python -m experiments.paper.readme_results -->\n", "<!-- end of results -->"
CONTEXT = ("ISTA-Net+",)
"""Of the methods that the paper compares with, those in the tables; the others are in `published.json`."""
FILE_OF_WHOLE = result_files.RESULTS / "beyond" / "whole_images.csv"
ANY_RATIO = "amp_net_any_ratio"
BINARY = "amp_net_any_ratio_binary"
ACROSS = ("OPINE-Net+ (across blocks)", "CASNet")
"""The methods that `ANY_RATIO` is compared with in its guide."""


def ours():
    """Metadata and names of the presets that are named for a network and a ratio, by both."""
    from amp_net.models import presets

    named = {split_name(name): {"name": name, **presets.load_metadata(name)} for name in presets.shipped()}
    return {key: metadata for key, metadata in named.items() if key is not None}


def accuracy(mine, network, dataset):
    """Average PSNR in dB of a network's presets on a test set, by CS ratio, where it was measured."""
    return {
        ratio: metadata["results"][dataset]["psnr"]
        for (name, ratio), metadata in sorted(mine.items())
        if name == network and dataset in metadata["results"]
    }


def whole_images(network, dataset, way="whole"):
    """Likewise for images that are rebuilt as a whole, where the present weights were measured so."""
    from amp_net.models import presets

    found = {}
    for measured in texts.read_csv(FILE_OF_WHOLE):
        name, ratio = split_name(measured["preset"])
        if (name, measured["dataset"], measured["way"]) != (network, dataset, way):
            continue
        if presets.load_metadata(measured["preset"])["weights_sha256"].startswith(measured["weights"]):
            found[ratio] = float(measured["psnr"])
    return found


def of_any_ratio(dataset, preset=ANY_RATIO):
    """Likewise of a network for all ratios; nothing where its present weights were not measured."""
    from amp_net.models import presets

    results = presets.load_metadata(preset)["results"].get(dataset, {})
    if results.get("weights") != fingerprint(preset):
        return {}
    return {int(ratio): psnr for ratio, psnr in results["psnr"].items()}


def any_ratio_table(dataset, title):
    """PSNR of the networks for all ratios on one test set, below that of other networks, as Markdown."""
    from amp_net.models import presets

    parameters = presets.load_metadata(ANY_RATIO)["parameters"] / 1e6
    theirs = other_figures(dataset)
    rows = [(f"{method}, published", *row(theirs[method])) for method in ACROSS]
    name = f"`{ANY_RATIO}`, {parameters:.1f} million parameters"
    rows.append((name, *row(of_any_ratio(dataset), f"{ANY_RATIO} on {dataset}")))
    rows.append((f"`{BINARY}`, Φ of ±1", *row(of_any_ratio(dataset, BINARY), f"{BINARY} on {dataset}")))
    return table((f"{title}, PSNR in dB", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS)), rows)


def accuracy_table(mine, dataset, title):
    """PSNR on one test set, a row a method and a column a CS ratio, as Markdown."""
    theirs = figures(dataset)
    others = {**{method: theirs[method] for method in CONTEXT}, **other_figures(dataset)}
    rows = [(f"{method}, published", *row(values)) for method, values in others.items()]
    for network in (name for name in NETWORKS.values() if name in theirs):
        rows.append((f"{network}, published", *row(theirs[network])))
        rows.append((f"{network}, ours", *row(accuracy(mine, network, dataset), f"{network} on {dataset}")))
        if whole := whole_images(network, dataset):
            rows.append((f"{network}, ours, whole images", *row(whole, f"{network} on {dataset}")))
    if values := of_any_ratio(dataset):
        cells = row(values, f"{ANY_RATIO} on {dataset}")
        rows.append(("one network for all ratios, whole images, ours", *cells))
    return table((title, *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS)), rows)


def row(values, ours=""):
    """A table's cells of values in dB by CS ratio.

    Args:
        values: a dict; published ones may lack a ratio, and have a dash there.
        ours: whose values they are, if they are ours: bold, and all must be there.

    Raises:
        ValueError: if one of ours is missing.
    """
    if ours:
        check_cells({(ours,): values}, PUBLISHED_MEASUREMENTS, "What is measured")
    shown = "**{:.2f}**" if ours else "{:.2f}"
    return [shown.format(values[ratio]) if ratio in values else "–" for ratio in PUBLISHED_MEASUREMENTS]


def preset_table(mine):
    """What else there is to know of each preset, as Markdown."""
    measures = ("SSIM on Set11", "parameters", "s for 256×256")
    heading = ("preset", *measures, "best after steps", "hours until then", "computed in", "from")
    current = {each["name"]: {each["weights_sha256"], measured_sha256(each)} for each in mine.values()}
    rows = []
    for (network, ratio), metadata in sorted(mine.items()):
        speed = metadata.get("seconds_256x256")
        made = rounds(metadata)
        start = _start(made[0]) or "principal components"
        if start in current and made[0]["started_from"]["weights_sha256"] not in current[start]:
            start += " †"
        rows.append(
            (
                f"{network}, {ratio} %",
                f"{metadata['results']['set11']['ssim']:.4f}" if "set11" in metadata["results"] else "–",
                f"{metadata['parameters']:,}",
                f"{speed['seconds']:.2f}" if speed else "–",
                " + ".join(str(training["steps"]) for training in made),
                " + ".join(f"{training['hours']:.2f}" for training in made),
                metadata["training"]["policy"].removeprefix("mixed_"),
                start,
            )
        )
    speeds = [metadata["seconds_256x256"] for metadata in mine.values() if "seconds_256x256" in metadata]
    machines = sorted({speed["machine"] for speed in speeds})
    notes = (
        f"Seconds include sensing, on {', or '.join(machines)}.",
        "A plus joins a first training and a second that went on from its weights; computed in: the second.",
        "† started from that preset before its next training; `metadata.json` has it under `started_from`.",
    )
    return f"{table(heading, rows)}\n{' '.join(notes)}\n"


def rounds(metadata):
    """How a preset's trainings went of which each but the first started from the one before it."""
    made = [metadata]
    while _start(made[0]) == metadata["name"]:
        made.insert(0, made[0]["started_from"])
    return made


def tables():
    """The results of each page, as Markdown.

    Set11 in README, all sets and the presets in docs/results.md, the network for all ratios in its guide.
    """
    mine = ours()
    parts = [accuracy_table(mine, dataset, title) for dataset, title in TITLES.items()]
    return {
        README: parts[0],
        RESULTS: "\n".join([*parts, "### The presets\n", preset_table(mine)]),
        GUIDE: any_ratio_table("set11", TITLES["set11"]),
    }


def with_results(page, results):
    """A page's text with these results between its two markers."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + results + END + rest.split(END, 1)[1]


def update():
    """Rewrites the pages."""
    for path, results in tables().items():
        files.write(path, with_results(path.read_text(encoding="utf-8"), results))


def _start(made):
    """The preset that a training started from, by its command, or None."""
    given = (argument.partition("=") for argument in shlex.split(made["command"]))
    return next((value for name, _, value in given if name == "--start_from"), None)


if __name__ == "__main__":
    cli.run(update)
