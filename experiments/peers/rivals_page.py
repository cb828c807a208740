"""The page of `experiments.peers.train_rivals`: `python -m experiments.peers.rivals_page`.

Writes `experiments/results/peers/rivals.md` of the rows in `rivals.csv`: each network at the seven CS ratios
on Set11, beside its published figure and by how much it misses that. It fails where a row is missing, and
says which.
"""

from amp_net.command_line import cli
from amp_net.evaluation import published
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.peers.rival_trainings import FILE
from experiments.peers.rivals import NAMES, TITLES
from experiments.shared.markdown import table
from experiments.shared.result_files import TITLES as SET_TITLES
from experiments.shared.whole import check_whole

DATASET = "set11"
CLOSE = 0.3
"""dB within which a published figure is met."""


def page(rows, methods=NAMES):
    """The page.

    Args:
        rows: of the CSV file.
        methods: of `NAMES`; the page of the whole has all.

    Raises:
        ValueError: if the row of a network at a CS ratio is missing.
    """
    found = {
        (row["method"], int(row["cs_ratio"])): row
        for row in rows
        if row["dataset"] == DATASET and row["method"] in methods
    }
    check_whole([(name, ratio) for name in methods for ratio in PUBLISHED_MEASUREMENTS], found, "rivals.csv")
    theirs, lines, trained = published.figures(DATASET), [], []
    for name in methods:
        own = {ratio: float(found[name, ratio]["psnr"]) for ratio in PUBLISHED_MEASUREMENTS}
        lines.append((TITLES[name], *(f"{psnr:.2f}" for psnr in own.values())))
        if figures := theirs.get(TITLES[name]):
            known = [figures.get(ratio) for ratio in PUBLISHED_MEASUREMENTS]
            lines.append(("published", *("–" if each is None else f"{each:.2f}" for each in known)))
            misses = [
                "–" if each is None else _miss(psnr - each)
                for psnr, each in zip(own.values(), known, strict=True)
            ]
            lines.append(("ours less published", *misses))
        minutes, steps = ([found[name, ratio][column] for ratio in own] for column in ("minutes", "steps"))
        trained.append((TITLES[name], found[name, 25]["parameters"], *_ends(minutes), *_ends(steps)))
    heading = (f"{SET_TITLES[DATASET]}, PSNR in dB", *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS))
    how = ("trained", "parameters at 25 %", "minutes from", "to", "steps from", "to")
    return (
        "Average PSNR, clipped, of networks that the paper compares with, trained by "
        "`python -m experiments.peers.train_rivals` and written down by "
        f"`python -m experiments.peers.rivals_page`. Bold: more than {CLOSE} dB below the published figure; "
        f"a dash: not published.\n\n{table(heading, lines)}\n{table(how, trained)}"
    )


def main():
    """From the rows to the page."""
    text = page(texts.read_csv(FILE))
    files.write(FILE.with_suffix(".md"), text)
    print(text)


def _miss(difference):
    shown = f"{difference:+.2f}"
    return f"**{shown}**" if difference < -CLOSE else shown


def _ends(values):
    numbers = sorted(map(float, values))
    return f"{numbers[0]:g}", f"{numbers[-1]:g}"


if __name__ == "__main__":
    cli.run(main)
