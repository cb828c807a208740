"""What the page's tab for a photograph does when something is pressed."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np

from amp_net.demonstration.computed import methods, photograph, pictures, side_by_side
from amp_net.demonstration.computed.side_by_side import WAYS, Rebuilt
from amp_net.demonstration.sentences import MISTAKES, of_error
from amp_net.evaluation.markup import markdown_text
from amp_net.evaluation.report.pictures import as_8_bits

Found = tuple[np.ndarray, list[Rebuilt]]
"""The original, uint8, and its reconstructions."""


def rebuild(
    sample: str | None,
    dropped: str | None,
    cs_ratio: float,
    noise_std: float,
    way: str,
    chosen: Sequence[str],
    under: str | None,
) -> Iterator[tuple[Any, ...]]:
    """Fills the tab, a method after the other; a mistake becomes a sentence on the page."""
    try:
        image, told = photograph.given(sample, dropped)
        if not chosen:
            raise ValueError("No method is chosen; tick at least one.")
        original = as_8_bits(image)
        found: list[Rebuilt] = []
        for number, each in enumerate(side_by_side.rebuilt(image, chosen, cs_ratio, noise_std, way), 1):
            found.append(each)
            left = len(chosen) - number
            status = f"{told} {left} of {len(chosen)} methods to go …" if left else told
            yield markdown_text(status), *_shown(original, found, under)
    except MISTAKES as error:
        yield of_error(error), None, None, gr.Radio([], value=None, visible=False), None, None, None


def compare(found: Found | None, under: str) -> tuple[Any, Any]:
    """The original and one method's reconstruction, and where they differ."""
    if found is None:
        return gr.skip(), gr.skip()
    original, all_of_them = found
    one = next((each for each in all_of_them if each.method == under), all_of_them[0])
    return (original, one.image), pictures.of_errors(one.error)


def rows_of_phi(cs_ratio: float, chosen: Sequence[str]) -> tuple[str, np.ndarray | None]:
    """The first rows of the first chosen method's Φ."""
    name = chosen[0] if chosen else methods.ANY_RATIO
    ratio = methods.ratio_of(name, cs_ratio)
    try:
        model = methods.find(name, ratio)
    except MISTAKES as error:
        return of_error(error), None
    side, shown = model.block_size, min(pictures.ROWS, model.measurements)
    kind = "learned" if name in (methods.ANY_RATIO, *methods.PAPER) else "Gaussian, orthonormal"
    told = (
        f"{name} at {ratio:g} %: the first {shown} of {model.measurements} rows, {kind}. Each is a "
        f"pattern of {side}×{side} pixels; grey is 0."
    )
    return told, pictures.of_rows(np.asarray(model.sensing.matrix)[:shown], (side, side))


def _shown(original: np.ndarray, found: list[Rebuilt], under: str | None) -> tuple[Any, ...]:
    names = [each.method for each in found]
    under = under if under in names else names[0]
    rows = [
        [
            each.label,
            f"{each.psnr:.2f}",
            "–" if np.isnan(each.ssim) else f"{each.ssim:.3f}",  # of images smaller than its window
            WAYS[each.way],
            f"{each.numbers:,}",
            f"{each.size:,}",
            f"{each.seconds:.2f}",
        ]
        for each in found
    ]
    choices = gr.Radio([(each.label, each.method) for each in found], value=under, visible=True)
    pictured = [(each.image, f"{each.psnr:.2f} dB, {each.label}") for each in found]
    both = original, list(found)
    return rows, both, choices, *compare(both, under), [(original, "original"), *pictured]
