"""Draws PSNR against CS ratio, and reconstructions at all ratios: `python -m experiments.paper.figures`.

Figures of ours come from the presets' metadata, others' from `published.json`; the reconstructions are of
photographs that come with scikit-image.
"""

from amp_net import evaluation, images
from amp_net.command_line import cli
from amp_net.evaluation.published import NETWORKS, figures, other_figures
from amp_net.images import quality
from experiments.paper.readme_results import accuracy, ours
from experiments.shared.result_files import RESULTS, TITLES, save_figure

DETAILS = {"camera": (100, 190), "cat": (90, 130), "coffee": (120, 210)}
"""Of photographs that come with scikit-image: top and left of what is shown."""
SIDE = 132
"""Of a detail in pixels."""
OURS = {"AMP-Net": "tab:orange", "AMPA-Net": "tab:red"}
OTHERS = tuple(
    f"tab:{name}" for name in ("blue", "green", "purple", "brown", "pink", "gray", "olive", "cyan")
)
THIN = {"marker": ".", "linewidth": 1}
GAINS = (-3, 1.75)
"""What is shown of the gains; some methods are further behind."""
LATER = ("black", "navy", "teal", "magenta")


def ratio_curves(path):
    """A column a test set: PSNR, and below it what is gained over the published AMPA-Net.

    Published methods are thin lines, dotted if the paper has them not; ours are thick.
    """
    import matplotlib.pyplot as plt

    mine = ours()
    figure, axes = plt.subplots(2, 4, figsize=(17, 9.5), layout="constrained")
    for (upper, lower), (dataset, title) in zip(axes.T, TITLES.items(), strict=True):
        base = figures(dataset)["AMPA-Net"]
        for label, values, style in _lines(mine, dataset):
            upper.plot(*_curve(values), label=label, **style)
            gains = {ratio: value - base[ratio] for ratio, value in values.items() if ratio in base}
            lower.plot(*_curve(gains), **style)
        upper.set(title=title, ylabel="PSNR (dB)", xlabel="CS ratio (%)")
        lower.set(ylim=GAINS, ylabel="PSNR over the published AMPA-Net's (dB)", xlabel="CS ratio (%)")
        upper.grid(alpha=0.3)
        lower.grid(alpha=0.3)
    labels = {
        label: line for axis in axes[0] for line, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        labels.values(), labels, loc="outside lower center", ncols=8, title="published, but for ours"
    )
    save_figure(figure, path, 100)
    plt.close(figure)


def _lines(mine, dataset):
    """Label, PSNR by CS ratio and style of each line; ours last, so that nothing covers them."""
    # Set11 has every method.
    others = [method for method in figures("set11") if method not in OURS]
    colours = {**dict(zip(others, OTHERS, strict=True)), **OURS}
    for method, values in figures(dataset).items():
        yield method, values, {**THIN, "color": colours[method], "linestyle": "--" if method in OURS else "-"}
    for colour, (method, values) in zip(LATER, other_figures(dataset).items(), strict=False):
        yield method, values, {**THIN, "color": colour, "linestyle": ":"}
    for network in NETWORKS.values():
        if values := accuracy(mine, network, dataset):
            yield f"{network}, ours", values, {"marker": "o", "linewidth": 2.5, "color": OURS[network]}


def reconstructions(path):
    """A row a photograph's detail, a column a CS ratio, by AMPA-Net."""
    import matplotlib.pyplot as plt

    from amp_net import AMPNet
    from amp_net.photographs import image_sets

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
            restored = evaluation.rebuild_blocks(model, original)
            shown[f"{ratio} %: {quality.psnr(original, restored):.2f} dB"] = restored
        for axis, (label, image) in zip(row, shown.items(), strict=True):
            axis.imshow(image[top : top + SIDE, left : left + SIDE], cmap="gray", vmin=0, vmax=1)
            axis.set_title(label, fontsize=9)
            axis.axis("off")
    figure.suptitle("Details of photographs rebuilt by AMPA-Net; PSNR of the whole photographs")
    save_figure(figure, path, 110)
    plt.close(figure)


def main():
    """From metadata and published figures to two pictures."""
    import matplotlib

    matplotlib.use("Agg")
    ratio_curves(RESULTS / "paper" / "ratios.png")
    reconstructions(RESULTS / "paper" / "reconstructions.jpg")


def _curve(values):
    return zip(*sorted(values.items()), strict=True)


if __name__ == "__main__":
    cli.run(main)
