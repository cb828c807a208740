"""The figures that others published, from `published.json`, which names their source."""

import json
import re
from pathlib import Path

NETWORKS = {
    "amp_net": "AMP-Net",
    "ampa_net": "AMPA-Net",
    "amp_net_any_ratio": "AMP-Net for any ratio",
    "amp_net_any_ratio_binary": "AMP-Net for any ratio, Φ of ±1",
}
"""What the paper, or we, call the networks that our presets are named for."""
METHODS = {
    "bm3d_amp": "BM3D-AMP",
    "ld_amp": "LD-AMP",
    "recon_net": "ReconNet",
    "ad_recon_net": "Ad-Recon-Net",
    "dr2_net": "DR2-Net",
    "fcmn": "FCMN",
    "full_conv": "Full-Conv",
    "ista_net": "ISTA-Net",
    "ista_net_plus": "ISTA-Net+",
    "admm_net": "ADMM-Net",
}
"""What the paper calls methods of `classical.methods`."""
CALLED = {**NETWORKS, **METHODS}
MARKS = ("-bfloat16", "-float16", "-blockwise", "-ensemble")
"""What `evaluate` puts behind a preset's name."""
AT_RATIO = re.compile(r"(.+)_cs(\d+(?:\.\d+)?)")


def figures(dataset):
    """The published average PSNR in dB on a test set.

    Args:
        dataset: `"set11"`, `"bsd68"`, `"bsds100"` or `"urban100"`; of other sets nothing is published.

    Returns:
        A dict of method to a dict of CS ratio in percent to dB; what was not published is left out.
    """
    return _figures(dataset)


def other_figures(dataset):
    """Likewise, of methods that the paper does not compare with, from these methods' own papers."""
    return _figures(f"other_published_{dataset}")


def _figures(key):
    content = json.loads(Path(__file__).with_name("published.json").read_text(encoding="utf-8"))
    return {
        method: {
            ratio: value
            for ratio, value in zip(content["cs_ratios_percent"], values, strict=True)
            if value is not None
        }
        for method, values in content.get(key, {}).items()
    }


def split_name(preset):
    """The network, or method, and the CS ratio that a preset is named for, `("AMP-Net", 25)`; or None.

    >>> split_name("ampa_net_cs25-bfloat16-blockwise"), split_name("mine")
    (('AMPA-Net', 25), None)
    """
    for mark in MARKS:
        preset = preset.replace(mark, "")
    network, _, ratio = preset.rpartition("_cs")
    if (called := CALLED.get(network)) and ratio.isdecimal():
        return called, int(ratio)
    return None


def method_and_ratio(preset):
    """What a chart calls a preset's method, and the CS ratio that the preset is named for, or None.

    >>> method_and_ratio("ampa_net_cs25-blockwise"), method_and_ratio("mine_cs12.5"), method_and_ratio("mine")
    (('AMPA-Net, blockwise', 25), ('mine', 12.5), ('mine', None))
    """
    marks = [mark for mark in MARKS if mark in preset]
    for mark in marks:
        preset = preset.replace(mark, "")
    found = AT_RATIO.fullmatch(preset)
    network, ratio = (found[1], float(found[2])) if found else (preset, None)
    if ratio is not None and ratio.is_integer():
        ratio = int(ratio)
    return ", ".join([CALLED.get(network, network), *(mark[1:] for mark in marks)]), ratio
