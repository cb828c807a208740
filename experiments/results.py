"""Measures every shipped preset on every test set: `python -m experiments.results --data_dir=FOLDER`.

An image that has been measured with the same weights is not measured again, so the command can be stopped and
given again at any moment; two at once need different sets. Writes `experiments/results/SET.csv`, a row an
image; the means and the seconds for a 256×256 image into the presets' `metadata.json`; and from these the
tables of README.
"""

import statistics
import time

from absl import flags

from amp_net import commands, data_flag
from experiments.benchmark.timing import machine
from experiments.result_files import SETS, complete, fingerprint, note

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_list("preset", [], "Which presets, with commas; without it every shipped one.")
flags.DEFINE_list("dataset", list(SETS), "Which test sets, with commas.")


def seconds_per_image(preset, repeats=5):
    """The median time to sense and rebuild a 256×256 image, and the machine it was taken on."""
    import numpy as np

    from amp_net import AMPNet, evaluation

    model = AMPNet.from_preset(preset).optimized()
    image = np.random.default_rng(1).random((256, 256), "float32")
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        evaluation.rebuild(model, image)
        times.append(time.perf_counter() - started)
    return {"seconds": round(statistics.median(times[1:]), 3), "machine": machine()}


def main():
    """From the flags to files."""
    from amp_net import presets
    from experiments import readme_results

    chosen = FLAGS.preset or list(presets.shipped())
    for preset in chosen:
        for dataset in FLAGS.dataset:
            print(preset, dataset, complete(preset, dataset, FLAGS.data_dir), flush=True)
        if "seconds_256x256" not in presets.load_metadata(preset):
            weights = fingerprint(preset)
            note(preset, weights, seconds_256x256=seconds_per_image(preset))
        readme_results.update()


if __name__ == "__main__":
    commands.run(main)
