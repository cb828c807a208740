"""Times every shipped preset on this machine: `python -m experiments.paper.seconds`.

With nothing else running, sensing and rebuilding a 256×256 image, without loading, all presets in one process
and in turns. Writes the medians into the presets' `metadata.json`, and the table of presets in
docs/results.md.
"""

from absl import flags

from amp_net import evaluation
from amp_net.command_line import cli
from experiments.paper import readme_results
from experiments.shared.result_files import fingerprint, note
from experiments.shared.timing import in_turns, machine

FLAGS = flags.FLAGS
flags.DEFINE_integer("rounds", 7, "How often each has its turn.")


def main():
    """From the presets to their metadata."""
    import numpy as np

    from amp_net import AMPNet
    from amp_net.models import presets

    image = np.random.default_rng(1).random((256, 256), "float32")
    # Before the timing, so that `note` sees a preset that is replaced meanwhile.
    weights = {name: fingerprint(name) for name in presets.shipped()}
    models = {name: AMPNet.from_preset(name).optimized() for name in weights}
    seconds = in_turns(
        {name: lambda model=model: evaluation.rebuild_blocks(model, image) for name, model in models.items()},
        FLAGS.rounds,
    )
    place = machine()
    for name, median in seconds.items():
        note(name, weights[name], seconds_256x256={"seconds": round(median, 3), "machine": place})
        print(f"{name}: {median:.3f} s", flush=True)
    readme_results.update()


if __name__ == "__main__":
    cli.run(main)
