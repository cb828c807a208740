"""What parts of the networks are worth, as in Table I: `python -m experiments.paper.studies.ablation`.

AMP without the balanced CNN, the CNN without AMP, a W_φ that is not learned, and the three kinds of
attention, alone and together; each trained for the same few hundred steps by the recipe. Writes
`experiments/results/paper/ablation.csv` and `ablation.md`.
"""

from absl import flags

from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.storage.disk import files
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS
from experiments.shared.trainings.short_trainings import ATTENTION, MEASURED, Variant, complete, rows_of

RATIOS = (10, 30, 50)
"""The paper's."""
FILE = RESULTS / "paper" / "ablation.csv"
STEPS = 300
"""How long each is trained."""

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)


def variants(ratio):
    """What is trained at one CS ratio, by the names of the table."""
    from experiments.paper.studies.partial_networks import AMPAlone, CNNAlone

    fixed = {"trainable_sensing": False}
    found = {
        "AMP alone": Variant(ratio, {}, STEPS, AMPAlone),
        "balanced CNN alone": Variant(ratio, {}, STEPS, CNNAlone),
        "AMP-Net, W_φ random and kept": Variant(ratio, {**fixed, "start": "orthonormal"}, STEPS),
        "AMP-Net, W_φ principal components and kept": Variant(ratio, fixed, STEPS),
        "AMP-Net": Variant(ratio, {}, STEPS),
    }
    for chosen in (["a_Q"], ["a_s"], ["a_c"], ["a_Q", "a_s"], ["a_Q", "a_c"], ["a_s", "a_c"], [*ATTENTION]):
        changes = {ATTENTION[name]: True for name in chosen}
        found[" + ".join(["AMP-Net", *chosen])] = Variant(ratio, changes, STEPS)
    return found


def page(rows):
    """Rows by CS ratio and name as one Markdown table: a line a name, and two columns a CS ratio."""
    heading = [f"{ratio} %, {measured}" for ratio in rows for measured in MEASURED.values()]
    names = list(next(iter(rows.values())))
    lines = [
        (name, *(f"{float(rows[ratio][name][field]):.2f}" for ratio in rows for field in MEASURED))
        for name in names
    ]
    return table(("trained", *heading), lines)


def measured():
    """The rows by CS ratio and name; None for what is not trained yet."""
    return {ratio: rows_of(variants(ratio), FILE) for ratio in RATIOS}


def main():
    """From the flags to one table."""
    complete([variant for ratio in RATIOS for variant in variants(ratio).values()], FILE, FLAGS.data_dir)
    text = page(measured())
    files.write(
        RESULTS / "paper" / "ablation.md",
        f"PSNR (dB) after {STEPS} steps, of which W_φ is learned but where it says otherwise: the "
        "average over Set11, and over blocks of BSDS500's training photographs; "
        f"{command('experiments.paper.studies.ablation')}:\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    cli.run(main)
