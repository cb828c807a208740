"""The training curves of the shipped presets: `python -m experiments.recipe.curves`.

A preset's `curve.csv` lies beside its metadata: steps, loss, and PSNR on photographs that are held out.
Writes `experiments/results/recipe/curves.md` and `curves.png`, and says of which presets no curve was kept.
"""

import json

from amp_net.command_line import cli
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.shared.markdown import table
from experiments.shared.result_files import RESULTS, save_figure

CHECKPOINTS = RESULTS.parent.parent / "checkpoints"
PAGE = RESULTS / "recipe" / "curves.md"
CURVE = "curve.csv"
OTHERS = ("sitting", "seconds", "minutes", "rate", "norm", "learning_rate", "psnr")
"""Columns that are neither steps nor loss nor PSNR."""


def curve_of(preset):
    """The curve of a preset's folder, or None: columns of numbers by name, `step` counted over all sittings.

    Names of PSNR are those of what it was measured on.
    """
    rows = texts.read_csv(preset / CURVE)
    if not rows:
        return None
    steps, done, last = [], 0, 0
    for row in rows:
        if int(row["step"]) < last:
            done += last
        last = int(row["step"])
        steps.append(done + last)
    columns = {"step": steps, "loss": [float(row["loss"]) for row in rows]}
    for name in rows[0]:
        if name.startswith("psnr_"):
            columns[f"{name.removeprefix('psnr_')} %"] = [float(row[name]) for row in rows]
        elif name == "val_psnr":
            columns["PSNR"] = [float(row[name]) for row in rows]
        elif name not in (*columns, *OTHERS) and not name.endswith("loss"):
            columns[name.replace("_", " ")] = [float(row[name]) for row in rows]
    return columns


def curves():
    """The curves of all presets by name; None where none was kept."""
    folders = sorted(path.parent for path in CHECKPOINTS.glob("*/config.json"))
    return {folder.name: curve_of(folder) for folder in folders}


def page(found):
    """The page of what `curves` gives."""
    parts = []
    for name, columns in found.items():
        if columns is None:
            continue
        measured = {key: values for key, values in columns.items() if key not in ("step", "loss")}
        lines = [
            # Before the first step there is none.
            (step, f"{loss:.4f}" if loss else "–", *(f"{values[place]:.2f}" for values in measured.values()))
            for place, (step, loss) in enumerate(zip(columns["step"], columns["loss"], strict=True))
        ]
        started = json.loads((CHECKPOINTS / name / "metadata.json").read_text())["started_from"]
        origin = started if isinstance(started, str) else "a preset" if started else "no other network"
        heading = f"`{name}`, from {origin}"
        parts.append(f"{heading}:\n\n{table(('steps', 'loss', *measured), lines)}")
    without = [f"`{name}`" for name, columns in found.items() if columns is None]
    none = f"No curve was kept of {', '.join(without)}.\n" if without else ""
    return (
        "PSNR in dB on photographs that are held out, during the trainings of the presets, "
        "`python -m experiments.recipe.curves`:\n\n![PSNR over steps](curves.png)\n\n"
        + "\n".join([*parts, none])
    )


def draw(found, path):
    """A panel a preset: PSNR over steps, a line for each thing that it was measured on."""
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    kept = {name: columns for name, columns in found.items() if columns is not None}
    figure, axes = plt.subplots(
        1, len(kept), figsize=(6.5 * len(kept), 5), layout="constrained", squeeze=False
    )
    for axis, (name, columns) in zip(axes[0], kept.items(), strict=True):
        for label, values in columns.items():
            if label not in ("step", "loss"):
                axis.plot(columns["step"], values, "o-", markersize=3, label=label)
        axis.set(title=name, xlabel="steps", ylabel="PSNR (dB)")
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small", ncols=2)
    save_figure(figure, path, 90)
    plt.close(figure)


def main():
    """From the presets to a page and a picture."""
    found = curves()
    if not any(found.values()):
        raise ValueError(f"No preset in {CHECKPOINTS} has a {CURVE}.")
    draw(found, PAGE.with_suffix(".png"))
    files.write(PAGE, page(found))
    print(page(found))


if __name__ == "__main__":
    cli.run(main)
