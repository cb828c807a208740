"""The page: a tab for a photograph, sensed and rebuilt, and one for a bench's files."""

from typing import Any

import gradio as gr

from amp_net.demonstration.bench_tab import bench_tab
from amp_net.demonstration.computed import methods, photograph, side_by_side
from amp_net.demonstration.photograph_handlers import compare, rebuild, rows_of_phi
from amp_net.demonstration.stage_handlers import SECONDS_A_STAGE, estimates, next_stage, play_or_pause
from amp_net.evaluation.report.pictures import ERROR_GAIN
from amp_net.photographs import image_sets

FIRST = [methods.ANY_RATIO, "AMPA-Net", "total variation"]
"""Methods that are shown when the page is opened."""
START = "Choose a photograph or drop your own; any change of the left side senses and rebuilds it anew."
HEADINGS = ["Method", "PSNR, dB", "SSIM", "Rebuilt", "Numbers", "Bytes, float32", "Seconds"]
WIDTHS = ["200px", "80px", "70px", "110px", "90px", "90px", "80px"]
SAMPLE = "camera"
"""The photograph that is chosen when no file is dropped."""
PICTURE: dict[str, Any] = {"format": "png", "interactive": False, "buttons": ["fullscreen"]}
ON_NETWORKS: dict[str, Any] = {
    "concurrency_id": "networks",
    "concurrency_limit": 1,
    "api_visibility": "private",
}
"""One at a time, since each takes all processors."""


def page() -> gr.Blocks:
    """The page, not yet shown."""
    with gr.Blocks(title="amp_net", analytics_enabled=False, delete_cache=(600, 3600)) as blocks:
        gr.Markdown(
            "# amp_net\n\nEach block of 33×33 pixels is measured with far fewer numbers than it has "
            "pixels, and the photograph is rebuilt from these."
        )
        with gr.Tab("A photograph"):
            _photograph_tab()
        with gr.Tab("From a bench"):
            bench_tab(ON_NETWORKS)
    return blocks


def _photograph_tab() -> None:
    found = gr.State(None, time_to_live=3600)
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            sample = gr.Dropdown(list(image_sets.SAMPLES), value=SAMPLE, label="Photograph", elem_id="sample")
            dropped = gr.File(
                label="or your own", file_types=list(photograph.SUFFIXES), height=150, elem_id="dropped"
            )
            ratio = gr.Slider(
                methods.LOWEST, methods.HIGHEST, 25, step=0.1, label="CS ratio in percent", elem_id="ratio"
            )
            noise = gr.Slider(0, 0.2, 0, step=0.005, label="Noise on y, relative to its RMS")
            ways = [(name, way) for way, name in side_by_side.WAYS.items()]
            way = gr.Radio(ways, value="whole", label="Rebuilt")
            chosen = gr.CheckboxGroup(methods.names(), value=FIRST, label="Methods")
            start = gr.Button("Sense and rebuild", variant="primary")
        with gr.Column(scale=3, min_width=300):
            status = gr.Markdown(START, elem_id="status")
            table = gr.Dataframe(
                headers=HEADINGS,
                column_widths=WIDTHS,
                wrap=True,
                interactive=False,
                show_label=False,
                elem_id="table",
                buttons=[],
            )
            under = gr.Radio([], label="Beside the original", visible=False)
            with gr.Row():
                slider = gr.ImageSlider(label="Original | reconstruction", elem_id="slider", **PICTURE)
                errors = gr.Image(label=f"Error, {ERROR_GAIN} times", **PICTURE)
            beside = gr.Gallery(label="Side by side", format="png", columns=4, elem_id="beside", buttons=[])
    inputs = [sample, dropped, ratio, noise, way, chosen, under]
    given = [
        start.click,
        sample.change,
        ratio.release,
        noise.release,
        way.input,
        chosen.input,
    ]
    gr.on(
        given,
        rebuild,
        inputs,
        [status, table, found, under, slider, errors, beside],
        trigger_mode="always_last",
        show_progress="minimal",
        **ON_NETWORKS,
    )
    # Either a sample is chosen or a file is dropped, so that each of them is a change of the sample.
    dropped.upload(None, None, sample, js="() => null")
    dropped.clear(None, None, sample, js=f"() => '{SAMPLE}'")
    sample.change(None, [sample, dropped], dropped, js="(sample, dropped) => sample ? null : dropped")
    under.input(compare, [found, under], [slider, errors], api_visibility="private")

    with gr.Accordion("The first rows of Φ, which measure each block", open=False):
        show_rows, told = gr.Button("Show the rows"), gr.Markdown()
        rows = gr.Image(show_label=False, elem_id="rows", **PICTURE)
    show_rows.click(rows_of_phi, [ratio, chosen], [told, rows], **ON_NETWORKS)

    with gr.Accordion("x(0), x(1) …: what each stage makes of it", open=False):
        with gr.Row():
            networks = [methods.ANY_RATIO, *methods.PAPER]
            network = gr.Dropdown(networks, value="AMPA-Net", label="Network", min_width=200)
            show_stages = gr.Button("Show the stages", min_width=120)
            play = gr.Button("Play", interactive=False, min_width=120)
        said = gr.Markdown()
        strip = gr.Gallery(
            label="x(k)", format="png", columns=6, height=420, preview=True, buttons=[], elem_id="strip"
        )
    at, count = gr.State(0), gr.State(0)
    timer = gr.Timer(SECONDS_A_STAGE, active=False)
    show_stages.click(
        estimates,
        [sample, dropped, ratio, noise, network],
        [said, strip, count, at, play, timer],
        **ON_NETWORKS,
    )
    play.click(play_or_pause, [play], [play, timer], api_visibility="private")
    timer.tick(next_stage, [at, count], [at, strip], show_progress="hidden", api_visibility="private")
