"""The page's tab for a bench: files in, the image and what was understood out."""

from typing import Any

import gradio as gr
import numpy as np

from amp_net.batch.reconstructors import NETWORK
from amp_net.bench import SPLITS
from amp_net.bench.acquisition import RANDOM
from amp_net.demonstration.computed import bench_files, methods, pictures
from amp_net.demonstration.sentences import LABELS, MISTAKES, in_the_pages_words, of_error
from amp_net.evaluation.markup import markdown_text
from amp_net.images.formats import image_descriptions
from amp_net.measurements import number_files
from amp_net.operators import orders

IN_FILE = "in a file"
METHODS = {"the network": NETWORK, **methods.CLASSICAL}


def bench_tab(events: dict[str, Any]) -> None:
    """Lays it out, within a tab.

    Args:
        events: how what takes time is called, for Gradio.
    """
    gr.Markdown(
        "Drop the numbers of a single-pixel camera's detector, and what its mirrors showed. A file that "
        "`amp_net.sense` wrote, or one that holds `y` and `phi`, needs nothing else."
    )
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            y = gr.File(
                label="y, the detector's numbers",
                file_types=list(number_files.SUFFIXES),
                height=150,
                elem_id="y",
            )
            phi = gr.File(
                label="Φ: a file, patterns.json, or pattern images",
                file_count="multiple",
                file_types=[*number_files.SUFFIXES, ".json", *image_descriptions.SUFFIXES],
                height=150,
                elem_id="phi",
            )
            with gr.Accordion("What the files do not say", open=False):
                kind = gr.Dropdown([IN_FILE, "hadamard", *RANDOM], value=IN_FILE, label=LABELS["phi"])
                frame = gr.Textbox("", label=LABELS["frame"], placeholder="64,64")
                order = gr.Dropdown(["", *orders.ORDERS], value="", label=LABELS["order"])
                count = gr.Number(label=LABELS["measurements"], value=None, precision=0)
                split = gr.Radio(list(SPLITS), value="none", label=LABELS["split"])
                dark = gr.Number(label=LABELS["dark"], value=0)
            method = gr.Dropdown(list(METHODS), value="pseudo-inverse", label=LABELS["method"])
            start = gr.Button("Look and rebuild", variant="primary")
        with gr.Column(scale=3, min_width=300):
            told = gr.Markdown(elem_id="understood")
            rebuilt = gr.Gallery(
                label="Image",
                format="png",
                columns=2,
                fit_columns=False,
                object_fit="contain",
                elem_id="rebuilt",
                buttons=[],
            )
            rows = gr.Image(
                label="The first rows of Φ", format="png", interactive=False, buttons=["fullscreen"]
            )
    inputs = [y, phi, kind, frame, order, count, split, dark, method]
    gr.on([start.click, y.upload, phi.upload], _look, inputs, [told, rebuilt, rows], **events)


def _look(
    y: str | None,
    phi: list[str] | None,
    kind: str,
    frame: str | None,
    order: str | None,
    count: float | None,
    split: str,
    dark: float | None,
    method: str,
) -> tuple[str, list[np.ndarray] | None, np.ndarray | None]:
    try:
        settings = bench_files.Settings(
            None if kind == IN_FILE else kind,
            _pair(frame),
            order or None,
            int(count) if count else None,
            split,
            dark or 0.0,
            METHODS[method],
        )
        found = bench_files.understood(y, phi or [], settings)
    except MISTAKES as error:
        return of_error(error), None, None
    shown = [pictures.enlarged(image) for image in found.images]
    told = [f"- {markdown_text(in_the_pages_words(sentence))}" for sentence in found.sentences]
    return "\n".join(told), shown, found.rows


def _pair(frame: str | None) -> tuple[int, int] | None:
    if frame is None or not frame.strip():
        return None
    parts = [part.strip() for part in frame.split(",")]
    if len(parts) != 2 or not all(part.isdecimal() and int(part) for part in parts):
        raise ValueError(f"The frame is {frame!r}; give a height and a width, as 64,64.")
    return int(parts[0]), int(parts[1])
