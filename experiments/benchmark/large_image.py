"""How much memory an image of 100 megapixels takes: `python -m experiments.benchmark.large_image`.

Reads, senses, saves, loads, rebuilds and writes one in one process, and prints the peak of resident memory
beyond what the libraries and the network take for a small image.
"""

import resource
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from absl import flags

from amp_net import images
from amp_net.command_line import cli

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "amp_net_cs25", "Name or folder of the preset.")
flags.DEFINE_integer("side", 10_000, "Height and width of the image in pixels.")
flags.DEFINE_integer("bits", None, "See amp_net.sense.")


class Peak(threading.Thread):
    """Watches resident memory while it runs; `bytes` is the largest seen."""

    def __init__(self):
        super().__init__(daemon=True)
        self.bytes = resident()

    def run(self):
        while True:
            self.bytes = max(self.bytes, resident())
            time.sleep(0.02)


def resident():
    """Resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def there_and_back(path, model):
    """An image file to a measurement file, and that to an image file again."""
    from amp_net.measurements import measurement_files, reconstruct_image, sense_image

    image = images.read_unchanged(path)
    sensed = path.with_suffix(".npz")
    measurement_files.save(sensed, sense_image(image, model), FLAGS.bits)
    del image
    images.write(path.with_suffix(".rebuilt.png"), reconstruct_image(measurement_files.load(sensed), model))


def main():
    """From the flags to one line."""
    from skimage import data

    from amp_net import AMPNet

    model = AMPNet.from_preset(FLAGS.preset).optimized()
    camera = data.camera()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.png", Path(folder) / "large.png"
        images.write(small, camera)
        there_and_back(small, model)
        before = resident()
        repeats = -(-FLAGS.side // len(camera))
        images.write(large, np.tile(camera, (repeats, repeats))[: FLAGS.side, : FLAGS.side])
        peak = Peak()
        peak.start()
        started = time.monotonic()
        there_and_back(large, model)
        seconds = time.monotonic() - started
    print(
        f"{FLAGS.side}×{FLAGS.side} pixels with {FLAGS.preset}: {(peak.bytes - before) / 2**30:.2f} GiB "
        f"beyond the {before / 2**30:.2f} GiB of libraries and network, {seconds:.0f} s"
    )


if __name__ == "__main__":
    cli.run(main)
