"""Hyper-parameters, as in Figures 5 to 7: `python -m experiments.paper.studies.hyperparameters`.

AMP-Net and AMPA-Net at 25 %, by the recipe but for one change each: how long, how many stages, the size of
the batch, the activation, λ, the penalty of the loss, and where the text differs from the authors' code.
Writes `experiments/results/paper/hyperparameters.csv`, `hyperparameters.md` and `hyperparameters.png`.
"""

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, save_figure
from experiments.shared.trainings.short_trainings import ATTENTION, MEASURED, Variant, complete, rows_of
from experiments.shared.whole import check_whole

RATIO = 25
FILE = RESULTS / "paper" / "hyperparameters.csv"
NETWORKS = {"AMP-Net": {}, "AMPA-Net": dict.fromkeys(ATTENTION.values(), True)}
PARTS = (0.25, 0.5, 1, 2, 4)
"""Numbers of steps, in those of all other trainings."""
GROUPS = {
    "stages (Fig. 5b)": {
        "1": {"stages": 1},
        "3": {"stages": 3},
        "5": {"stages": 5},
        "7": {"stages": 7},
        "9": {},
        "11": {"stages": 11},
    },
    "batch (Fig. 6a)": {
        "16": {"batch_size": 16},
        "32": {},
        "64": {"batch_size": 64},
        "128": {"batch_size": 128},
    },
    "activation (Fig. 6b)": {
        "ReLU": {},
        "leaky ReLU": {"activation": "leaky_relu"},
        "ELU": {"activation": "elu"},
        "tanh": {"activation": "tanh"},
        "sigmoid": {"activation": "sigmoid"},
    },
    "λ (Fig. 7a)": {
        "0": {"symmetry_weight": 0.0},
        "0.001": {"symmetry_weight": 0.001},
        "0.01": {},
        "0.1": {"symmetry_weight": 0.1},
        "1": {"symmetry_weight": 1.0},
    },
    "penalty (Fig. 7b)": {
        "Charbonnier": {},
        "l1": {"loss_penalty": "l1"},
        "l2": {"loss_penalty": "l2"},
    },
    "code or text": {
        "as the code": {},
        "Z(k) from X(k−1)": {"residual": "previous"},
        "real BN": {"normalization": "batch"},
        "a_Q of two layers": {"initialization_attention_units": 1089},
    },
}
"""What is compared, and what it changes; the default changes nothing, so that it is trained once for all."""
STEPS = 200
"""How long each is trained, but where that is what is compared."""

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def variants(network):
    """What is trained of a network, by group and name."""
    own = NETWORKS[network]
    lengths = [round(STEPS * part) for part in PARTS]
    found = {"steps (Fig. 5a)": {str(length): Variant(RATIO, own, length) for length in lengths}}
    for group, cases in GROUPS.items():
        found[group] = {
            name: Variant(RATIO, {**own, **changes}, STEPS)
            for name, changes in cases.items()
            if own or "initialization_attention_units" not in changes
        }
    return found


def page(rows):
    """Rows by network, group and name as Markdown: a table a group."""
    heading = [f"{network}, {measured}" for network in rows for measured in MEASURED.values()]
    pages = []
    cells = {
        (network, group, name): row
        for network, of_network in rows.items()
        for group, cases in of_network.items()
        for name, row in cases.items()
    }
    check_whole(list(cells), [key for key, row in cells.items() if row], FILE.name)
    groups = {group: list(cases) for cases in rows.values() for group, cases in cases.items()}
    for group, names in groups.items():
        lines = []
        for name in names:
            # Some are of AMPA-Net alone.
            found = [rows[network][group].get(name) for network in rows]
            cells = [row[field] if row else "–" for row in found for field in MEASURED]
            lines.append((name, *cells))
        pages.append(table((group, *heading), lines))
    return "\n".join(pages)


def draw(rows, path):
    """A panel a group: PSNR on Set11, a line a network."""
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    groups = list(next(iter(rows.values())))[:-1]
    figure, axes = plt.subplots(2, 3, figsize=(13, 7.5), layout="constrained")
    for axis, group in zip(axes.flat, groups, strict=True):
        for network, cases in rows.items():
            values = [float(row["set11"]) for row in cases[group].values()]
            # Only numbers have an order, which a line would show.
            style = "o-" if all(name[0].isdigit() for name in cases[group]) else "o"
            axis.plot(list(cases[group]), values, style, label=network)
        axis.set(title=group, ylabel="PSNR on Set11 (dB)")
        axis.grid(alpha=0.3)
        axis.legend()
    save_figure(figure, path, 90)
    plt.close(figure)


def measured():
    """The rows by network, group and name; None for what is not trained yet."""
    return {
        network: {group: rows_of(cases, FILE) for group, cases in variants(network).items()}
        for network in NETWORKS
    }


def main():
    """From the flags to tables and a picture."""
    groups = [cases for network in NETWORKS for cases in variants(network).values()]
    complete([variant for cases in groups for variant in cases.values()], FILE, FLAGS.data_dir)
    rows = measured()
    text = page(rows)
    files.write(
        RESULTS / "paper" / "hyperparameters.md",
        f"PSNR (dB) at {RATIO} % after {STEPS} steps of 32 blocks, or as many blocks in other "
        "batches: the average over Set11, and over blocks of BSDS500's training photographs; "
        f"{command('experiments.paper.studies.hyperparameters')}:\n\n{text}",
    )
    draw(rows, RESULTS / "paper" / "hyperparameters.png")
    print(text)


if __name__ == "__main__":
    cli.run(main)
