"""Measures the network for any Φ: `python -m experiments.beyond.any_phi --data_dir=FOLDER`.

Of each case of `cases` the average PSNR of grey images, clipped, beside that of the pseudo-inverse
and of total variation, whose weight is the best of five for each case, chosen by the images themselves.
Writes `experiments/results/beyond/any_phi.csv`, a row a case and method, and `any_phi.md`. What has been
measured with the same weights is not measured again.
"""

import time

import numpy as np
from absl import flags

from amp_net import images
from amp_net.classical.pseudo_inverse import pinv
from amp_net.command_flags import data_flag
from amp_net.command_line import cli
from amp_net.images import quality
from amp_net.storage import texts
from amp_net.storage.disk import files
from experiments.beyond.any_phi import cases, total_variation
from experiments.shared.markdown import command, table
from experiments.shared.result_files import RESULTS, TITLES, fingerprint

PRESET = "amp_net_any_phi"
FILE = RESULTS / "beyond" / "any_phi.csv"
CASE = ("study", "dataset", "phi", "side", "cs_ratio", "noise")
COLUMNS = (*CASE, "method", "weights", "images", "psnr", "seconds")
STUDIES = ("gaussian", "noise", "frames", "photons")
ISTA_NET_PP = {10: 28.34, 25: 33.60, 30: 34.86, 40: 36.94, 50: 38.73}
"""ISTA-Net++ on Set11, one network for all ratios with a Gaussian Φ of its own (You, Xie and Zhang 2021)."""

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(data_flag)
flags.DEFINE_multi_enum("study", [], STUDIES, "What to measure; repeat for several. Without it all.")


def average_psnr(rebuild, shown, operator, measure):
    """The average PSNR in dB of images, and the seconds of one; those of a size are rebuilt together."""
    psnr, seconds, sizes = [], 0.0, {}
    for image, (height, width) in shown:
        sizes.setdefault((image.shape, height, width), []).append(image)
    for (_, height, width), alike in sizes.items():
        together = np.concatenate(alike)
        y, noise = measure(together, operator)
        began = time.perf_counter()
        restored = np.clip(rebuild(operator, y, noise), 0, 1)
        seconds += time.perf_counter() - began
        psnr += [
            quality.psnr(image[0, :height, :width, 0], found[:height, :width, 0])
            for image, found in zip(alike, restored, strict=True)
        ]
    return float(np.mean(psnr)), seconds / len(psnr)


def methods(case, network):
    """What rebuilds in a case, by name; of total variation one for each weight."""
    found = {
        "any_phi": cases.network_of(network),
        "pseudo_inverse": lambda operator, y, _: pinv(operator, y),
    }
    if case.dataset == "frames":
        found |= {f"tv_{weight:g}": _variation(weight) for weight in total_variation.WEIGHTS}
    return found


def _variation(weight):
    return lambda operator, y, noise: total_variation.variation(operator, y, weight)


def tables(rows):
    """The CSV file's rows as Markdown: a table a study."""
    parts = []
    for study in STUDIES:
        found = {}
        for row in rows:
            if row["study"] == study:
                found.setdefault(tuple(row[name] for name in CASE[1:]), {})[row["method"]] = float(
                    row["psnr"]
                )
        lines = [
            (TITLES.get(dataset, dataset), phi, side, ratio, noise, *_cells(study, int(ratio), psnr))
            for (dataset, phi, side, ratio, noise), psnr in found.items()
        ]
        last = ["ISTA-Net++"] if study == "gaussian" else ["total variation", "gain"]
        last = last if study != "noise" else []
        if lines:
            heading = ("images", "Φ", "side", "CS ratio, %", "noise", "this network", "pseudo-inverse", *last)
            parts.append(table(heading, lines))
    return "\n".join(parts)


def _cells(study, ratio, psnr):
    """PSNR of each method, and by how much the network is above the better of the others."""
    missing = {"any_phi", "pseudo_inverse"} - psnr.keys()
    if missing:
        raise ValueError(f"A row of {missing.pop()} is missing at {ratio} %; run --study={study}.")
    ours, inverse = psnr["any_phi"], psnr["pseudo_inverse"]
    cells = [f"{ours:.2f}", f"{inverse:.2f}"]
    if study == "gaussian":
        return [*cells, ISTA_NET_PP.get(ratio, "–")]
    if study == "noise":
        return cells
    variation = max(value for method, value in psnr.items() if method.startswith("tv_"))
    return [*cells, f"{variation:.2f}", f"{ours - max(variation, inverse):+.2f}"]


def main():
    """From the flags to files."""
    from amp_net.models.any_phi import AnyPhiAMPNet
    from amp_net.photographs import image_sets

    network, weights = AnyPhiAMPNet.from_preset(PRESET), fingerprint(PRESET)
    photographs = {
        name: [images.luminance(image) for _, image in image_sets.load(name, FLAGS.data_dir)]
        for name in ("set11", "samples")
    }
    photographs["frames"] = photographs["set11"] + photographs.pop("samples")
    for case in cases.cases(tuple(FLAGS.study or STUDIES)):
        chosen = photographs[case.dataset]
        operator, shown = None, None
        for method, rebuild in methods(case, network).items():
            key = {**case.key(), "method": method, "weights": weights if method == "any_phi" else ""}
            if any(key.items() <= row.items() for row in texts.read_csv(FILE)):
                continue
            if operator is None:
                operator, shown = case.make(), cases.shown(case, chosen)
            psnr, seconds = average_psnr(rebuild, shown, operator, case.measure)
            print(*key.values(), f"{psnr:.2f} dB  {seconds:.2f} s", flush=True)
            row = {**key, "images": len(shown), "psnr": f"{psnr:.4f}", "seconds": f"{seconds:.3f}"}
            kept = [
                old for old in texts.read_csv(FILE) if method != "any_phi" or old["weights"] in ("", weights)
            ]
            texts.write_csv(FILE, COLUMNS, [*kept, row])
    text = tables(texts.read_csv(FILE))
    if text:
        files.write(
            FILE.with_suffix(".md"),
            "Average PSNR (dB), clipped, of grey images; in colour of the luminance; "
            f"{command('experiments.beyond.any_phi')}:\n\n{text}",
        )
    print(text)


if __name__ == "__main__":
    cli.run(main)
