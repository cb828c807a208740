"""Gives the package's readers altered and hostile files, and says as JSON what came of it.

`KERAS_BACKEND=numpy python -m tests.hostile.altered_inputs GROUP`, in a process of its own with limited
memory.
A reader may give what the whole file holds, or a ValueError of one line that names the file; all else is a
fault.
"""

import collections
import functools
import io
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import zlib
from pathlib import Path

import numpy as np

from amp_net import images
from amp_net.batch import ownership
from amp_net.images.formats import png_stream
from amp_net.measurements import camera_data, measurement_files
from amp_net.storage import file_sizes, texts, weight_files
from amp_net.storage.disk import files
from tests.hostile import seeds

SECONDS = 20
"""An input may take at most, on a machine that does other things too."""
EXTREMES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4), b"\x80\0\0\0")


def mutated(content, rng):
    """The bytes with one of the things done to them that happen to files, or that somebody does to them."""
    content = bytearray(content)
    kind = rng.integers(6)
    start, end = sorted(rng.integers(0, len(content), 2))
    if kind == 0:
        return bytes(content[:start])
    if kind == 1:
        for position in rng.integers(0, len(content), rng.integers(1, 8)):
            content[position] ^= 1 << rng.integers(8)
    elif kind == 2:
        content[start:end] = bytes(end - start)
    elif kind == 3:
        del content[start:end]
    elif kind == 4:
        content[start:start] = rng.bytes(end - start + 1)
    else:
        content[start : start + 4] = EXTREMES[rng.integers(len(EXTREMES))]
    return bytes(content)


def with_checksums(mutate, content, rng):
    """A PNG one of whose chunks is altered or left out, and has the checksum that fits."""
    chunks = list(png_stream._chunks(content))
    chosen = rng.integers(len(chunks))
    if rng.integers(4) == 0:
        del chunks[chosen]
    else:
        kind, body = chunks[chosen]
        chunks[chosen] = kind, mutate(body, rng) if body else rng.bytes(3)
    parts = [(len(body).to_bytes(4, "big"), kind + body) for kind, body in chunks]
    return png_stream.SIGNATURE + b"".join(
        length + body + zlib.crc32(body).to_bytes(4, "big") for length, body in parts
    )


class Outcomes(collections.Counter):
    """Counts what came of the inputs, and keeps the faults."""

    def __init__(self):
        super().__init__()
        self.faults = []

    def add(self, name, content, read, expected=None):
        """Reads one input.

        Args:
            name: what the file is called.
            content: its bytes.
            read: a function of a path.
            expected: what may be read of it alone, a function of the result; None where nothing is known.
        """
        self["inputs"] += 1
        path = Path(name)
        path.write_bytes(content)
        signal.alarm(SECONDS)
        try:
            found = read(path)
        except ValueError as error:
            message = str(error)
            self["refused"] += 1
            if (
                path.parts[0] not in message
                or "\n" in message
                or message.endswith(": .")
                or len(message) > 500
            ):
                self.fault(name, f"says {message[:300]!r}")
        except BaseException:
            self.fault(name, traceback.format_exc()[-600:])
        else:
            self["taken"] += 1
            if expected is not None and not expected(found):
                self.fault(name, "is read wrongly and in silence")
        finally:
            signal.alarm(0)

    def fault(self, name, what):
        if len(self.faults) < 20:
            self.faults.append(f"{name} ({self['inputs']}): {what}")
        self["faults"] += 1


def of_images(outcomes, rng):
    for name, whole in seeds.image_files().items():
        Path(name).write_bytes(whole)
        right = images.read_unchanged(name)
        # Of the formats, PNG alone has checksums.
        same = functools.partial(np.array_equal, right) if name.endswith(".png") else None
        for _ in range(400):
            outcomes.add(name, mutated(whole, rng), images.read_unchanged, same)
        for _ in range(600 if same else 0):
            outcomes.add(name, with_checksums(mutated, whole, rng), images.read_unchanged)


def of_arrays(outcomes, rng):
    for name, settings in {"y.npz": {}, "codes.npz": {"bits": 6}, "floats.npz": {"dtype": "float32"}}.items():
        whole = seeds.measurement_bytes(**settings)
        y = measurement_files.loads(whole, name).y
        for _ in range(600):
            outcomes.add(
                name,
                mutated(whole, rng),
                measurement_files.load,
                lambda found, y=y: np.array_equal(found.y, y),
            )
    whole = seeds.npy(np.linspace(0, 1, 60).reshape(4, 15))
    for _ in range(600):
        outcomes.add("phi.npy", mutated(whole, rng), camera_data.read_array)
    for compressed in (False, True):
        whole = seeds.mat(compressed)
        for _ in range(8):
            outcomes.add("phi.mat", mutated(whole, rng), lambda path: camera_data.read_array(path, "Phi"))


def of_texts(outcomes, rng):
    whole = json.dumps({"stages": 9, "text": "ü", "list": [1, 2.5, None], "deep": {"a": {"b": {}}}}).encode()
    table = b"step,psnr\n1,30.5\n2,31.25\n"
    for _ in range(700):
        outcomes.add("a.json", mutated(whole, rng), texts.read_json)
        outcomes.add("a.csv", mutated(table, rng), texts.read_csv)
        outcomes.add(
            "a.png", mutated(whole, rng), lambda path: ownership.is_ours(io.BytesIO(path.read_bytes()))
        )


def of_presets(outcomes, rng):
    from amp_net.models import presets
    from amp_net.models.amp_net import AMPNet

    AMPNet(**seeds.CONFIG).save_to_preset("mine")
    config, metadata, weights = (
        Path("mine") / name for name in (presets.CONFIG, presets.METADATA, presets.WEIGHTS)
    )
    whole, was, known = weights.read_bytes(), config.read_bytes(), texts.read_json(metadata)

    def load(path):
        """Loads a preset whose digests are made to fit."""
        facts = {key: value for key, value in known.items() if key != "config_sha256"}
        digest = files.sha256(weights, file_sizes.WEIGHTS)
        metadata.write_text(json.dumps({**facts, "weights_sha256": digest}))
        model = AMPNet.from_preset("mine")
        return all(np.isfinite(variable).all() for variable in model.get_weights())

    for mutant in seeds.config_mutants():
        outcomes.add("mine/config.json", mutant, load, bool)
    for _ in range(60):
        outcomes.add("mine/config.json", mutated(was, rng), load, bool)
    config.write_bytes(was)
    for _ in range(250):
        mutant = mutated(whole, rng)
        outcomes.add("mine/model.weights.h5", mutant, weight_files.check)
        if outcomes["inputs"] % 4 == 0:
            outcomes.add("mine/model.weights.h5", mutant, load, bool)


def of_bombs(outcomes, rng):
    readers = {".json": texts.read_json, ".npz": measurement_files.load, ".npy": camera_data.read_array}
    readers[".mat"] = camera_data.read_array
    for name, content in seeds.bombs().items():
        taken = outcomes["taken"]
        started = time.monotonic()
        outcomes.add(name, content, readers.get(Path(name).suffix, images.read_unchanged))
        if outcomes["taken"] > taken:
            outcomes.fault(name, "is taken")
        print(f"{name}: {time.monotonic() - started:.2f} s", file=sys.stderr)


GROUPS = {
    "images": of_images,
    "arrays": of_arrays,
    "texts": of_texts,
    "presets": of_presets,
    "bombs": of_bombs,
}


def main(group):
    def too_long(*_):
        raise TimeoutError(f"more than {SECONDS} s")

    signal.signal(signal.SIGALRM, too_long)
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        GROUPS[group](outcomes, np.random.default_rng(11))
        os.chdir("/")
    # Not by getrusage, which counts what the process had that this one was forked from.
    own = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]
    megabytes = max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024
    print(json.dumps({**outcomes, "megabytes": megabytes, "found": outcomes.faults}))


if __name__ == "__main__":
    main(sys.argv[1])
