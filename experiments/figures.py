"""Draws PSNR against CS ratio, and reconstructions at all ratios: `python -m experiments.figures`.

Figures of ours come from the presets' metadata, others' from `published.json`; the reconstructions are of
photographs that come with scikit-image.
"""

from pathlib import Path

from absl import flags

from amp_net import commands, files
from amp_net.published import NETWORKS, figures, other_figures
from experiments.details import DETAILS, SIDE
from experiments.readme_results import TITLES, accuracy, ours

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", "experiments/results", "Where the pictures are written.")

OURS = {"AMP-Net": "tab:orange", "AMPA-Net": "tab:red"}
OTHERS = tuple(
    f"tab:{name}" for name in ("blue", "green", "purple", "brown", "pink", "gray", "olive", "cyan")
)
LATER = ("black", "navy", "teal", "magenta")


def ratio_curves(path):
    """One panel a test set: published methods as thin lines, dotted if the paper has them not; ours thick."""
    import matplotlib.pyplot as plt

    mine = ours()
    figure, axes = plt.subplots(2, 2, figsize=(12, 9), layout="constrained")
    for axis, (dataset, title) in zip(axes.flat, TITLES.items(), strict=True):
        others = iter(OTHERS)
        for method, values in figures(dataset).items():
            colour = OURS.get(method) or next(others)
            style = {"color": colour, "linestyle": "--" if method in OURS else "-"}
            axis.plot(*_curve(values), marker=".", linewidth=1, label=method, **style)
        for colour, (method, values) in zip(LATER, other_figures(dataset).items(), strict=False):
            axis.plot(*_curve(values), marker=".", linewidth=1, linestyle=":", color=colour, label=method)
        for network in NETWORKS.values():
            values = accuracy(mine, network, dataset)
            if values:
                axis.plot(*_curve(values), "o-", color=OURS[network], linewidth=2.5, label=f"{network}, ours")
        axis.set(title=title, xlabel="CS ratio (%)", ylabel="PSNR (dB)")
        axis.grid(alpha=0.3)
        columns = 1 + (len(axis.lines) > 9)
        axis.legend(fontsize=7, loc="lower right", ncols=columns, title="published, but for ours")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def reconstructions(path):
    """A row a photograph's detail, a column a CS ratio, by AMPA-Net."""
    import matplotlib.pyplot as plt

    from amp_net import AMPNet, evaluation, image_sets, images, metrics

    models = {
        ratio: AMPNet.from_preset(f"ampa_net_cs{ratio}")
        for name, ratio in sorted(ours())
        if name == "AMPA-Net"
    }
    photographs = dict(image_sets.load("samples"))
    shape = (len(DETAILS), len(models) + 1)
    figure, axes = plt.subplots(*shape, figsize=(2.4 * shape[1], 2.7 * shape[0]), layout="constrained")
    for row, (name, (top, left)) in zip(axes, DETAILS.items(), strict=True):
        original = images.to_unit(images.luminance(photographs[name]))
        shown = {"original": original}
        for ratio, model in models.items():
            restored = evaluation.rebuild(model, original)
            shown[f"{ratio} %: {metrics.psnr(original, restored):.2f} dB"] = restored
        for axis, (label, image) in zip(row, shown.items(), strict=True):
            axis.imshow(image[top : top + SIDE, left : left + SIDE], cmap="gray", vmin=0, vmax=1)
            axis.set_title(label, fontsize=9)
            axis.axis("off")
    figure.suptitle("AMPA-Net")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    """From the flags to two pictures."""
    import matplotlib

    files.make_folder(FLAGS.output_dir)
    matplotlib.use("Agg")
    ratio_curves(Path(FLAGS.output_dir) / "ratios.png")
    reconstructions(Path(FLAGS.output_dir) / "reconstructions.png")


def _curve(values):
    return zip(*sorted(values.items()), strict=True)


if __name__ == "__main__":
    commands.run(main)
