"""Methods that the paper compares with, measured anew: `python -m experiments.peers --peers_dir=FOLDER`.

Classical AMP (Algorithm 1), ISTA-Net and ISTA-Net+, all from the same Gaussian Φ, on the test sets, and the
time each takes for a 256×256 image, beside our networks with the Φ that they have learned. Writes
`experiments/results/peers/peers.md`; a run that was stopped goes on with the figure it was at. The folder
holds the files that are published with ISTA-Net's code (github.com/jianzhangcs/ISTA-Net-PyTorch): weights
renamed to `ista_net_cs25.pkl`, `ista_net_plus_cs25.pkl` and so on, `phi_0_25_1089.mat`,
`Initialization_Matrix_25.mat`.
"""

from absl import flags

from amp_net import __version__, evaluation, images
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.evaluation import published
from amp_net.storage.kept import Kept
from experiments.paper import readme_results
from experiments.peers import peers_flag
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, TITLES
from experiments.shared.timing import in_turns, machine
from experiments.shared.whole import by_default, check_cells, write_page

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(peers_flag)
flags.DEFINE_list("dataset", ["set11", "bsd68"], "Test sets of grey images, with commas.")
flags.DEFINE_integer("rounds", 5, "How often each has its turn when it is timed.")

PAGE = RESULTS / "peers" / "peers.md"
TIMED = 25
"""The CS ratio at which the time is taken."""


def networks(folder, ratio):
    """The methods at one CS ratio, by name."""
    from amp_net.classical.at_operator import Classical
    from experiments.peers import ista_net

    return {
        "AMP": Classical.of_matrix(ista_net.matrix(folder, ratio), "amp"),
        "ISTA-Net": ista_net.load(folder, False, ratio),
        "ISTA-Net+": ista_net.load(folder, True, ratio),
    }


def accuracy(dataset, methods, data_dir, kept):
    """A Markdown table of one test set: measured, and beside each what is published.

    Args:
        dataset: its name.
        methods: dicts of `networks` by CS ratio.
        data_dir: see `image_sets.load`.
        kept: a `Kept`, where each figure is kept as it comes.
    """
    from amp_net.evaluation import average_psnr
    from amp_net.photographs import image_sets

    tests = [images.to_unit(image) for _, image in image_sets.load(dataset, data_dir)]
    rows = {}
    for ratio, named in methods.items():
        for name, network in named.items():
            content = kept.get([dataset, ratio, name])
            if content is None:
                content = f"{average_psnr(network, tests):.2f}".encode()
                kept.put([dataset, ratio, name], content)
                print(f"{dataset}  {name} at {ratio} %  {content.decode()} dB", flush=True)
            rows.setdefault(name, {})[ratio] = content.decode()
    mine = readme_results.ours()
    for network in published.NETWORKS.values():
        reached = readme_results.accuracy(mine, network, dataset)
        if reached:
            rows[f"{network}, ours"] = {ratio: f"{psnr:.2f}" for ratio, psnr in reached.items()}
    check_cells({(dataset, name): found for name, found in rows.items()}, methods, "What is measured")
    figures = published.figures(dataset)
    lines = []
    for name, cells in rows.items():
        lines.append((name, *(cells[ratio] for ratio in methods)))
        if name in figures:
            lines.append((f"{name}, published", *(figures[name].get(ratio, "–") for ratio in methods)))
    return table((TITLES[dataset], *(f"{ratio} %" for ratio in methods)), lines)


def times(rivals):
    """A Markdown table of seconds per image, of them and of ours, all taken in turns."""
    import numpy as np

    from amp_net import AMPNet

    image = np.random.default_rng(1).random((256, 256), "float32")
    contenders = dict(rivals)
    for name in (f"amp_net_cs{TIMED}", f"ampa_net_cs{TIMED}"):
        contenders[name] = AMPNet.from_preset(name).optimized()
    seconds = in_turns(
        {
            name: lambda given=given: evaluation.rebuild_blocks(given, image)
            for name, given in contenders.items()
        },
        FLAGS.rounds,
    )
    ours = seconds[f"amp_net_cs{TIMED}"]
    lines = [(name, f"{median:.3f}", f"{median / ours:.2f}") for name, median in seconds.items()]
    return table((f"{TIMED} %", "s for 256×256", "in those of AMP-Net"), lines)


def main():
    """From the flags to one page."""
    from experiments.peers.ista_net import RATIOS

    methods = {ratio: networks(FLAGS.peers_dir, ratio) for ratio in RATIOS}
    parts = [times(methods[TIMED])]
    kept = Kept(PAGE.with_name(f".{PAGE.name}.unfinished"), [__version__])
    parts += [accuracy(dataset, methods, FLAGS.data_dir, kept) for dataset in FLAGS.dataset]
    told = command("experiments.peers", ("data_dir", "peers_dir"))
    page = (
        f"Average PSNR (dB), clipped, and seconds in float32 on {machine()}, {told}. AMP, ISTA-Net and "
        "ISTA-Net+ sense with the same Gaussian Φ, AMP-Net and AMPA-Net with what they have learned:\n\n"
    ) + "\n".join(parts)
    write_page(PAGE, page, by_default(FLAGS, "dataset", "rounds"))
    kept.finish()


if __name__ == "__main__":
    cli.run(main)
