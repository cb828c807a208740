"""Trains a small network for any Φ under JAX, and says what was drawn: `python -m … FOLDER`."""

import json
import sys
from pathlib import Path

import cv2
import jax
import keras
import numpy as np

from amp_net.models.any_phi import AnyPhiAMPNet
from amp_net.operators import Dense
from experiments.accelerator import any_phi, course
from experiments.recipe.any_phi.draws import Kind, operator_of
from experiments.recipe.any_phi.validation import Case
from tests.conftest import smooth_blocks

KINDS = (Kind("dense", 8, 16, 4, 0.5), Kind("hadamard", 16, 16, 4, 0.5))


def drawn(kind):
    """Of 60 draws: how far Q is from orthonormal, all m, and the share of windows with noise."""
    sensings, worst, counts, noisy = any_phi.Sensings(kind, 1), 0.0, [], []
    draw = jax.jit(sensings.draw)
    for number in range(60):
        given, used, noise = draw(jax.random.PRNGKey(number))
        rows = operator_of(kind, np.asarray(given)).matrix
        worst = max(worst, float(np.abs(rows @ rows.T - np.eye(len(rows))).max()))
        counts += np.asarray(used).sum(-1).astype(int).ravel().tolist()
        noisy += np.asarray(noise > 0).tolist()
    return {"worst": worst, "least": min(counts), "most": max(counts), "noisy": float(np.mean(noisy))}


def main(folder):
    keras.utils.set_random_seed(1)
    photographs = [
        cv2.resize(np.round(255 * block[..., 0]).astype("uint8"), (66, 66)) for block in smooth_blocks()[:12]
    ]
    shown = np.stack(photographs[:4])[:, :64, :64, None].astype("float32") / 255
    q = Dense(np.linalg.qr(np.random.default_rng(2).normal(size=(64, 64)))[0].astype("float32")[:16], (8, 8))
    any_phi.cases = lambda _: [Case("case", q, 0.0, shown, np.asarray(q.measure(shown)))]
    network = AnyPhiAMPNet(stages=1, channels=8, blocks=1)
    training = any_phi.Training(network, photographs, photographs, kinds=KINDS)
    rows = course.train(training, folder, 0, 2e-3, 0, say=lambda text: None)
    found = {kind.operator: drawn(kind) for kind in KINDS} | {"psnr": [row["psnr_case"] for row in rows]}
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
