"""What the strip of x(0), x(1) … does when something is pressed."""

from typing import Any

import gradio as gr

from amp_net import images
from amp_net.demonstration.computed import methods, photograph, stages
from amp_net.demonstration.sentences import MISTAKES, of_error
from amp_net.evaluation.report.pictures import as_8_bits

SECONDS_A_STAGE = 0.8
PLAY, PAUSE = "Play", "Pause"


def estimates(
    sample: str | None, dropped: str | None, cs_ratio: float, noise_std: float, network: str
) -> tuple[Any, ...]:
    """The strip, standing at x(0)."""
    try:
        image, _ = photograph.given(sample, dropped)
        grey = images.luminance(as_8_bits(image))
        found = stages.estimates(grey, network, cs_ratio, noise_std)
    except MISTAKES as error:
        return of_error(error), None, 0, 0, gr.Button(PLAY, interactive=False), gr.Timer(active=False)
    ratio = methods.ratio_of(network, cs_ratio)
    colour = ", of its luminance" if image.ndim == 3 else ""
    told = f"{network} at {ratio:g} %, the whole image{colour}: {len(found) - 1} stages."
    strip = [(pixels, f"x({k}), {psnr:.2f} dB") for k, (pixels, psnr) in enumerate(found)]
    return (
        told,
        gr.Gallery(strip, selected_index=0),
        len(strip),
        0,
        gr.Button(PLAY, interactive=True),
        gr.Timer(active=False),
    )


def play_or_pause(label: str) -> tuple[gr.Button, gr.Timer]:
    """Starts the strip, or lets it stand."""
    plays = label == PLAY
    return gr.Button(PAUSE if plays else PLAY), gr.Timer(active=plays)


def next_stage(at: int, count: int) -> tuple[Any, Any]:
    """Goes on by one, after the last to the first."""
    if not count:
        return gr.skip(), gr.skip()
    at = (at + 1) % count
    return at, gr.Gallery(selected_index=at)
