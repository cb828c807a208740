"""Altered and hostile files of a camera's bench, see `altered_inputs`; run likewise."""

import io
import json
import sys
from pathlib import Path

import h5py
import numpy as np

from amp_net import images
from amp_net.batch.frame_files import FrameFiles
from amp_net.bench import descriptions, known_patterns, pattern_files, row_orders
from amp_net.measurements import number_files
from tests.hostile import altered_inputs, seeds

FRAME = (4, 4)


def of_numbers(outcomes, rng):
    y = rng.poisson(900, 32)
    np.savez("whole.npz", y=y, phi=rng.normal(size=(8, 16)), note="text")
    np.savetxt(
        "whole.csv", np.column_stack([np.arange(32), y]), "%d", ",", header="pattern,counts", comments=""
    )
    np.savetxt("whole.txt", y, "%.3f")
    np.save("whole.npy", y)
    meant = ("counts", "y")
    for kind, count in (("npz", 500), ("csv", 350), ("txt", 250), ("npy", 250)):
        whole = Path(f"whole.{kind}").read_bytes()
        # Of these, archives alone have checksums.
        same = (lambda found: np.array_equal(found, y)) if kind == "npz" else None
        for _ in range(count):
            altered = altered_inputs.mutated(whole, rng)
            outcomes.add(
                f"y.{kind}",
                altered,
                lambda path: number_files.read(path, "y" * (path.suffix == ".npz") or None, meant),
                same,
            )


def of_orders(outcomes, rng):
    rows = rng.permutation(16)
    Path("whole.txt").write_text("".join(f"{row}\n" for row in rows))
    Path("whole.json").write_text(json.dumps([{"patterns": str(rows.tolist())}, {"text": "ü"}]))
    np.savez("whole.npz", pattern_order=rows.astype("uint16"), pos_neg=False)
    for kind in ("txt", "json", "npz"):
        whole = Path(f"whole.{kind}").read_bytes()
        for _ in range(130):
            altered = altered_inputs.mutated(whole, rng)
            outcomes.add(f"order.{kind}", altered, lambda path: row_orders.order_of(path, FRAME), _is_order)
    acquisition = known_patterns.find("hadamard", None, FRAME, "random", split="halves")
    whole = descriptions.dumps(acquisition, {"rows": 4}).encode()

    def same(found):
        # What says how it is shown has no checksum, but few words that it may be.
        return found.sha256 == acquisition.sha256 and found.frame == FRAME

    for _ in range(200):
        outcomes.add("patterns.json", altered_inputs.mutated(whole, rng), descriptions.read, same)


def of_images(outcomes, rng):
    """The whole road: an image of a damaged archive is that of the whole one, or there is none."""
    scene = rng.integers(0, 256, FRAME, "uint8")
    acquisition = known_patterns.find("hadamard", None, FRAME, "walsh", measurements=16)
    y = np.asarray(acquisition.operator.measure(scene[None, ..., None] / np.float32(255))).ravel()
    frames = FrameFiles(acquisition, "pinv")

    def rebuilt(path):
        target = Path("out.png")
        target.unlink(missing_ok=True)
        try:
            frames.work(path, target)
        except ValueError:
            assert not target.exists()
            raise
        return images.read(target)

    buffer = io.BytesIO()
    np.savez(buffer, y=y)
    for _ in range(150):
        altered = altered_inputs.mutated(buffer.getvalue(), rng)
        outcomes.add("y.npz", altered, rebuilt, lambda found: np.array_equal(found, scene))
    for _ in range(150):
        outcomes.add("y.npy", altered_inputs.mutated(seeds.npy(y), rng), rebuilt)


def of_hdf5(outcomes, rng):
    """HDF5, whose reader is another process, and what leads out of a file or unfolds."""
    y = np.arange(32.0)
    with h5py.File("whole.h5", "w") as file:
        file.create_dataset("y", data=y, fletcher32=True, chunks=(32,))
        file["other/x"] = y[:3]
    whole = Path("whole.h5").read_bytes()
    for _ in range(8):
        altered = altered_inputs.mutated(whole, rng)
        outcomes.add(
            "y.h5", altered, lambda path: number_files.read(path, "y"), lambda found: np.array_equal(found, y)
        )
    for name, write in HDF5_BOMBS.items():
        with h5py.File("bomb.h5", "w") as file:
            write(file)
        taken = outcomes["taken"]
        outcomes.add(name, Path("bomb.h5").read_bytes(), number_files.read)
        if outcomes["taken"] > taken:
            outcomes.fault(name, "is taken")
    outcomes.add("bomb.npy", seeds.npy(np.zeros((2**13, 2**13 + 1), "bool")), pattern_files.read)
    outcomes.add("bomb.npz", _unfolding(), pattern_files.read)


def _declares(file):
    file.create_dataset("y", shape=(2**40,), dtype="f8", chunks=(2**20,))


def _compressed(file):
    file.create_dataset("y", shape=(2**29,), dtype="u1", chunks=(2**20,), compression="gzip", fillvalue=0)


def _external_link(file):
    file["y"] = h5py.ExternalLink("whole.h5", "/y")


def _external_numbers(file):
    file.create_dataset("y", shape=(16,), dtype="u1", external=[("/etc/hostname", 0, 16)])


def _virtual(file):
    layout = h5py.VirtualLayout((32,), "f8")
    layout[:] = h5py.VirtualSource("whole.h5", "y", (32,))
    file.create_virtual_dataset("y", layout)


def _nested(file):
    for _ in range(40):
        file = file.create_group("deep")
    file["y"] = np.ones(3)


def _many(file):
    for number in range(1100):
        file[f"y{number}"] = 1.0


def _looped(file):
    file["loop/y"] = np.ones(3)
    file["loop/loop"] = file["loop"]


def _sparse(file):
    group = file.create_group("y")
    group.attrs["MATLAB_sparse"] = np.uint64(2**40)
    for name, values in (("data", [1.0]), ("ir", [0]), ("jc", np.arange(2**10))):
        group[name] = values


HDF5_BOMBS = {
    "declares.h5": _declares,
    "compressed.h5": _compressed,
    "external_link.h5": _external_link,
    "external_numbers.h5": _external_numbers,
    "virtual.h5": _virtual,
    "nested.h5": _nested,
    "many.h5": _many,
    "looped.h5": _looped,
    "sparse.h5": _sparse,
}


def _unfolding():
    """An archive of 100 kB whose Φ has 2^27 entries."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, phi=np.zeros((2**12, 2**15), "bool"))
    return buffer.getvalue()


def _is_order(found):
    return len(set(found.tolist())) == len(found) and set(found.tolist()) <= set(range(16))


def of_all(outcomes, rng):
    # In one process, since most of its time would go into imports.
    for group in (of_numbers, of_orders, of_images, of_hdf5):
        group(outcomes, rng)


GROUPS = {"bench": of_all}

if __name__ == "__main__":
    altered_inputs.GROUPS = GROUPS
    altered_inputs.main(sys.argv[1])
