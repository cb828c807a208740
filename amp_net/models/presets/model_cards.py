"""What a preset's `README.md` says: its network, figures, recipe and licence, and how it is used."""

from collections.abc import Mapping
from typing import Any

from amp_net.storage.printable import printable

PAPER = "https://arxiv.org/abs/2010.06907"
USES = {
    "amp_net": ("from amp_net import AMPNet", "AMPNet"),
    "any_ratio": ("from amp_net.models.any_ratio import AnyRatioAMPNet", "AnyRatioAMPNet"),
    "any_phi": ("from amp_net.models.any_phi import AnyPhiAMPNet", "AnyPhiAMPNet"),
}
"""The import and the class of each kind of network."""
ATTENTIONS = ("initialization", "spatial", "channel")
HELD_OUT = "validation_psnr"
TITLES = {
    HELD_OUT: "held out of the training",
    "set11": "Set11",
    "bsd68": "BSD68",
    "bsds100": "BSDS100",
    "urban100": "Urban100",
}


def card(name: str, config: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """The text of a model card, in the Markdown that model hubs read.

    Args:
        name: of the preset's folder.
        config: of the network.
        metadata: as in `metadata.json`; of what they do not say, the card says nothing.
    """
    kind = str(metadata.get("kind", "amp_net"))
    licence = metadata.get("licence")
    head = ["library_name: keras", "tags: [compressed-sensing, image-reconstruction]"]
    if licence:
        head.insert(0, f"license: {printable(licence).lower()}")
    parts = [
        "\n".join(["---", *head, "---"]),
        f"# {printable(name)}",
        f"{_network(kind, config)} ([paper]({PAPER})), with {metadata.get('parameters', 0):,} parameters, "
        "stored in float16.",
        *_figures(metadata.get("results"), kind),
        *_recipe(metadata),
        "## Licence",
        f"The weights are under the licence {printable(licence)}."
        if licence
        else "The metadata name no licence of the weights; ask those who made them.",
        "## Use",
        _use(kind, name),
    ]
    return "\n\n".join(parts) + "\n"


def _network(kind: str, config: Mapping[str, Any]) -> str:
    if kind == "any_ratio":
        return "One network for every CS ratio, on whole images"
    if kind == "any_phi":
        return "A network for any sensing matrix, on whole images"
    chosen = [each for each in ATTENTIONS if config.get(f"{each}_attention")]
    network = "AMPA-Net" if len(chosen) == len(ATTENTIONS) else "AMP-Net"
    some = f" with {' and '.join(chosen)} attention" if chosen and network == "AMP-Net" else ""
    size = config.get("block_size", 33)
    return (
        f"{network}{some} for blocks of {size}×{size} pixels at a CS ratio of {config.get('cs_ratio'):g} %, "
        f"in {config.get('stages')} {'stage' if config.get('stages') == 1 else 'stages'}"
    )


def _figures(results: Any, kind: str) -> list[str]:
    """A row for each data set, or for each CS ratio on it."""
    rows = []
    for dataset, found in (results if isinstance(results, Mapping) else {}).items():
        means = found if isinstance(found, Mapping) and dataset != HELD_OUT else {"psnr": found}
        psnr, title = means.get("psnr"), TITLES.get(dataset, printable(dataset))
        images = printable(means.get("images", ""))
        cases = psnr if isinstance(psnr, Mapping) else {"": psnr}
        for case, value in cases.items():
            name = f"{title}, {_case(case)}" if case else title
            rows.append((name, images, _number(value, 2), _number(means.get("ssim"), 4)))
    if not rows:
        return []
    table = [("Data set", "Images", "PSNR in dB", "SSIM"), ("---",) * 4, *rows]
    told = ["Each block is rebuilt by itself, as in the paper."] if kind == "amp_net" else []
    return ["## Figures", *told, "\n".join(f"| {' | '.join(row)} |" for row in table)]


def _number(value: Any, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else ""


def _case(case: str) -> str:
    """A CS ratio, or the name of a case."""
    return f"{case} %" if case.replace(".", "", 1).isdecimal() else f"`{printable(case)}`"


def _recipe(metadata: Mapping[str, Any]) -> list[str]:
    """The commands that made the weights, the last one first."""
    training = metadata.get("training")
    data = training.get("data") if isinstance(training, Mapping) else None
    commands, made = [], metadata
    while isinstance(made, Mapping) and made.get("command"):
        commands.append(f"{printable(made['command'])}  # {_effort(made)}")
        made = made.get("started_from") or {}
    if not commands and not data:
        return []
    told = [f"Trained on: {printable(data)}."] if data else []
    listed = (
        ["The commands, the last first:", "```bash\n" + "\n".join(commands) + "\n```"] if commands else []
    )
    start: list[str] = [f"It started from `{printable(made)}`."] if isinstance(made, str) else []
    return ["## Recipe", *told, *listed, *start]


def _effort(made: Mapping[str, Any]) -> str:
    known = {"steps": "{} steps", "hours": "{} hours", "commit": "commit {:.12}"}
    return ", ".join(text.format(made[name]) for name, text in known.items() if made.get(name) is not None)


def _use(kind: str, name: str) -> str:
    line, network = USES.get(kind, USES["amp_net"])
    lines = [line, "", f'model = {network}.from_preset("{printable(name)}")']
    if kind == "any_ratio":
        lines.append("model = model.at(25)  # percent")
    if kind == "any_phi":
        lines[1:1] = ["from amp_net.operators.gaussian import gaussian"]
        lines.append("model = model.at(gaussian(100, (32, 32)))  # your sensing matrix")
    return "```python\n" + "\n".join(lines) + "\n```"
