"""What each part of the networks is worth, as in the paper's Table I: `python -m experiments.ablation`.

AMP without the balanced CNN, the CNN without AMP, a W_φ that is not learned, and the three kinds of
attention, alone and together; each trained for the same few hundred steps by the recipe. Writes
`experiments/results/ablation.csv` and `ablation.md`.
"""

from absl import flags

from amp_net import commands, data_flag, files
from experiments.markdown import command, table
from experiments.result_files import RESULTS
from experiments.short_trainings import Variant, complete

RATIOS = (10, 30, 50)
"""The paper's."""
ATTENTION = {
    "a_Q": {"initialization_attention": True},
    "a_s": {"spatial_attention": True},
    "a_c": {"channel_attention": True},
}
MEASURED = ("set11", "validation")

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_integer("steps", 300, "How long each is trained.")


def variants(ratio, steps):
    """The rows of the table at one CS ratio."""
    from experiments.partial_networks import AMPAlone, CNNAlone

    fixed = {"trainable_sensing": False}
    parts = {
        "AMP alone": ({}, AMPAlone),
        "balanced CNN alone": ({}, CNNAlone),
        "AMP-Net, W_φ random and kept": ({**fixed, "start": "orthonormal"}, None),
        "AMP-Net, W_φ principal components and kept": (fixed, None),
        "AMP-Net": ({}, None),
    }
    for chosen in (["a_Q"], ["a_s"], ["a_c"], ["a_Q", "a_s"], ["a_Q", "a_c"], ["a_s", "a_c"], [*ATTENTION]):
        changes = {field: on for name in chosen for field, on in ATTENTION[name].items()}
        parts[" + ".join(["AMP-Net", *chosen])] = (changes, None)
    return [
        Variant("Table I", "AMPA-Net" if "+" in name else "AMP-Net", name, ratio, changes, steps, kind)
        for name, (changes, kind) in parts.items()
    ]


def page(rows):
    """The rows as one Markdown table: a line a variant, and two columns a CS ratio."""
    found = {(row["variant"], row["cs_ratio"]): row for row in rows}
    names = list(dict.fromkeys(row["variant"] for row in rows))
    ratios = list(dict.fromkeys(row["cs_ratio"] for row in rows))
    heading = [f"{ratio} %, {measured}" for ratio in ratios for measured in ("Set11", "BSDS500")]
    lines = []
    for name in names:
        cells = [f"{float(found[name, ratio][field]):.2f}" for ratio in ratios for field in MEASURED]
        lines.append([name, *cells])
    return table(("trained", *heading), lines)


def main():
    """From the flags to one table."""
    told = command("experiments.ablation")
    rows = []
    for ratio in RATIOS:
        rows += complete(variants(ratio, FLAGS.steps), RESULTS / "ablation.csv", FLAGS.data_dir)
        text = page(rows)
        files.write(
            RESULTS / "ablation.md",
            f"PSNR (dB) after {FLAGS.steps} steps, of which W_φ is learned but where it says otherwise: the "
            f"average over Set11, and over blocks of BSDS500's training photographs; {told}:\n\n{text}",
        )
    print(text)


if __name__ == "__main__":
    commands.run(main)
