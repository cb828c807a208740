"""What computing feature maps in bfloat16 costs in quality."""

from amp_net import AMPNet, images
from amp_net.evaluation import average_psnr
from amp_net.models import presets
from amp_net.photographs import image_sets
from experiments.shared.markdown import command, table
from experiments.shared.result_files import fingerprint


def compare(data_dir):
    """Average PSNR on Set11 of every shipped preset with both types; returns a Markdown page."""
    photographs = [images.to_unit(image) for _, image in image_sets.load("set11", data_dir)]
    rows = []
    for name in presets.shipped():
        model = AMPNet.from_preset(name)
        exact, rounded = (
            average_psnr(model.optimized(dtype), photographs) for dtype in ("float32", "bfloat16")
        )
        rows.append((name, fingerprint(name), f"{exact:.3f}", f"{rounded:.3f}", f"{rounded - exact:+.3f}"))
    return (
        f"{command('experiments.benchmark')}: average PSNR (dB) on Set11, with the feature maps of "
        f"the optimised network in float32 and in bfloat16.\n\n"
        f"{table(('preset', 'weights', 'float32', 'bfloat16', 'difference'), rows)}"
    )
