"""Compares designs at equal time: `python -m experiments.recipe.any_ratio --photographs=FOLDER`.

Each of `variants.VARIANTS` is trained from its start for as many seconds of the processor's cores, so that
other work on the machine makes it later and not worse, and measured on photographs that are held out. Writes
`experiments/results/recipe/any_ratio.csv`, a row a variant as it comes, and `any_ratio.md`. What is in the
file with these seconds is not trained again.
"""

from pathlib import Path

from absl import flags

from amp_net.command_line import cli
from amp_net.storage import texts
from experiments.recipe.any_ratio.study import COLUMNS, FILE, measure, page
from experiments.recipe.any_ratio.variants import VARIANTS
from experiments.shared.markdown import command
from experiments.shared.whole import by_default, write_page

FLAGS = flags.FLAGS
flags.DEFINE_string("photographs", None, "Folder of the folders of photographs.", required=True)
flags.DEFINE_list("variants", list(VARIANTS), "Which, with commas.")
flags.DEFINE_float("seconds", 1200, "Seconds of the cores for each.", lower_bound=0)


def main():
    """From the flags to rows, and to the page when all are there."""
    if unknown := [name for name in FLAGS.variants if name not in VARIANTS]:
        raise ValueError(f"There is no variant {unknown[0]!r}; there are {', '.join(VARIANTS)}.")
    for name in FLAGS.variants:
        key = {"variant": name, "seconds": f"{FLAGS.seconds:g}"}
        if any(key.items() <= row.items() for row in texts.read_csv(FILE)):
            continue
        made = measure(name, FLAGS.seconds, Path(FLAGS.photographs))
        kept = [row for row in texts.read_csv(FILE) if row["variant"] != name]
        texts.write_csv(FILE, COLUMNS, [*kept, made])
        print(", ".join(map(str, made.values())), flush=True)
    text = (
        f"PSNR (dB) of photographs of BSDS500 that are held out, after {FLAGS.seconds:g} seconds of a "
        f"processor's cores each, {command('experiments.recipe.any_ratio', ('photographs',))}:\n\n"
        f"{page(texts.read_csv(FILE))}"
    )
    write_page(FILE.with_suffix(".md"), text, by_default(FLAGS, "variants", "seconds"))


if __name__ == "__main__":
    cli.run(main)
