"""Networks that the paper compares with, trained: `python -m experiments.peers.trained --peers_dir=FOLDER`.

Ad-Recon-Net, which learns its W_φ as ours do; DR2-Net, and our AMP-Net, with the random Gaussian Φ of
ISTA-Net's authors, see `experiments.peers`; and AMP-Net with a Φ that it learns, beside it. All on our blocks
and for as many steps, which are few: it shows what they are worth on equal terms, not what they could reach.
Writes `experiments/results/peers/trained_peers.csv` and `trained_peers.md`; what is in the first already is
not trained again.
"""

import dataclasses
import functools

from absl import flags

from amp_net import cli, evaluation
from amp_net.command_flags import data_flag
from amp_net.evaluation import published
from amp_net.models.inputs.cs_ratios import PUBLISHED_MEASUREMENTS
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.paper.readme_results import row
from experiments.peers import peers_flag
from experiments.shared import short_trainings
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, SETS, TITLES, means
from experiments.shared.short_trainings import training_blocks

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.adopt_module_key_flags(peers_flag)
flags.DEFINE_list("network", [], "Which to train, with commas; without it all.")
flags.DEFINE_list("ratios", [], "For which CS ratios in percent, with commas; without it all.")

STEPS = 2000
FILE = RESULTS / "peers" / "trained_peers.csv"
COLUMNS = ("network", "cs_ratio", "steps", "dataset", "images", "psnr", "ssim")


@dataclasses.dataclass(frozen=True)
class Rival:
    """A network, and where it is trained and measured.

    Attributes:
        kind: the class.
        ratios: in percent.
        datasets: test sets.
        gaussian: whether it senses with the given Φ, which it keeps.
        changes: as in `short_trainings.Variant`.
    """

    kind: type
    ratios: tuple
    datasets: tuple
    gaussian: bool
    changes: dict


def rivals():
    """What is trained, by name."""
    from amp_net import AMPNet
    from experiments.peers.ista_net import RATIOS
    from experiments.peers.recon_net import AdReconNet, DR2Net

    adam, grey = {"optimizer": "adam", "learning_rate": 3e-4}, ("set11", "bsd68")
    return {
        "Ad-Recon-Net": Rival(AdReconNet, tuple(PUBLISHED_MEASUREMENTS), SETS, False, adam),
        "DR2-Net": Rival(DR2Net, RATIOS, grey, True, adam),
        "AMP-Net of Gaussian Φ": Rival(AMPNet, RATIOS, grey, True, {}),
        "AMP-Net of learned Φ": Rival(AMPNet, RATIOS, grey, False, {}),
    }


def train(rival, ratio, training, folder):
    """A rival's network for one CS ratio, trained on uint8 blocks."""
    from experiments.peers.ista_net import matrix

    changes = {**rival.changes, **({"trainable_sensing": False} if rival.gaussian else {})}
    variant = short_trainings.Variant(ratio, changes, STEPS, rival.kind)
    return short_trainings.train(variant, training, matrix(folder, ratio) if rival.gaussian else None)


def measure(model, photographs):
    """Cells of a row: how many photographs, and the means of PSNR in dB and SSIM."""

    rebuild = functools.partial(evaluation.rebuild_blocks, model)
    found = means([evaluation.compare(rebuild, image)[0] for _, image in photographs])
    return {name: found[name] for name in ("images", "psnr", "ssim")}


def missing(named, rows):
    """Names and CS ratios of what the rows lack."""
    done = {(row["network"], int(row["cs_ratio"])) for row in rows if row["steps"] == str(STEPS)}
    return [
        (name, ratio) for name, rival in named.items() for ratio in rival.ratios if (name, ratio) not in done
    ]


def complete(named, data_dir, peers_dir):
    """Trains and measures what the CSV file lacks, and adds the rows of each as it comes."""
    import tensorflow as tf

    from amp_net.photographs import image_sets

    left = [
        (name, ratio)
        for name, ratio in missing(named, texts.read_csv(FILE))
        if (not FLAGS.network or name in FLAGS.network) and (not FLAGS.ratios or str(ratio) in FLAGS.ratios)
    ]
    if not left:
        return
    tf.config.experimental.enable_op_determinism()
    training = training_blocks(data_dir)
    tests = {
        dataset: image_sets.load(dataset, data_dir) for name, _ in left for dataset in named[name].datasets
    }
    for name, ratio in left:
        model = train(named[name], ratio, training, peers_dir)
        key = {"network": name, "cs_ratio": str(ratio), "steps": str(STEPS)}
        rows = [
            {**key, "dataset": dataset, **measure(model, tests[dataset])} for dataset in named[name].datasets
        ]
        # Read again: a training takes minutes.
        texts.write_csv(FILE, COLUMNS, [*texts.read_csv(FILE), *rows])
        print(name, ratio, *(f"{row['dataset']} {row['psnr']}" for row in rows), flush=True)


def page(named, rows, dataset):
    """A Markdown table of one test set: measured, and below each what is published."""

    theirs, lines = published.figures(dataset), []
    for name, rival in named.items():
        if dataset not in rival.datasets:
            continue
        own = [each for each in rows if (each["network"], each["dataset"]) == (name, dataset)]
        lines.append((name, *row({int(each["cs_ratio"]): float(each["psnr"]) for each in own})))
        if name in theirs:
            lines.append((f"{name}, published", *row(theirs[name])))
    return table((TITLES[dataset], *(f"{ratio} %" for ratio in PUBLISHED_MEASUREMENTS)), lines)


def main():
    """From the flags to one page."""
    named = rivals()
    complete(named, FLAGS.data_dir, FLAGS.peers_dir)
    rows = texts.read_csv(FILE)
    text = "\n".join(page(named, rows, dataset) for dataset in SETS)
    told = command("experiments.peers.trained", ("data_dir", "peers_dir", "network", "ratios"))
    files.write(
        RESULTS / "peers" / "trained_peers.md",
        f"Average PSNR (dB), clipped, after {STEPS} steps each, {told}; a dash: not trained, or not "
        f"published:\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    cli.run(main)
