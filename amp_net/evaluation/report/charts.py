"""The charts of the report, drawn by Altair; its script goes into the page, which needs no network."""

import math

from amp_net.evaluation import summarize
from amp_net.evaluation.published import figures, method_and_ratio, other_figures

COLOURS = (
    *("#d6453d", "#2b7bd1", "#2c9b57", "#8b5cd6", "#c97a14", "#128f98", "#c64a9b"),
    *("#7d8220", "#9a6a4f", "#6f7f92", "#d860f8", "#a888d0", "#007800", "#885088"),
    *("#f86088", "#3850f0", "#a820b8", "#20a0d8", "#c80060", "#c87878"),
)
"""Of methods that were measured here, in turn; they are seen on white and on black."""
DULL = ("#187060", "#989878", "#406890", "#686830", "#a07098", "#706068", "#8098b0", "#588060")
"""Likewise of methods of which there are published figures alone."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
OURS, DASHES = [1, 0], ([5, 3], [2, 2], [8, 3, 2, 3])
"""Lines: whole for what was measured here; for published figures, in turn after all of `DULL` were used."""
BELOW = 10
"""dB below our lowest figure down to which published ones are drawn."""


def methods_of(rows):
    """The methods of an evaluation's rows, each once, in their order."""
    return list(dict.fromkeys(method_and_ratio(row["preset"])[0] for row in rows))


def ratios_of(rows):
    """The CS ratios in percent that the presets of an evaluation's rows are named for."""
    found = {method_and_ratio(row["preset"])[1] for row in rows}
    return sorted(ratio for ratio in found if ratio is not None)


def ratio_chart(alt, dataset, rows):
    """PSNR against CS ratio, ours and as published.

    The page sets its parameter `chosen`, the name of the one line to be seen, or `""` for all.

    Args:
        alt: the module Altair.
        dataset: name of the set.
        rows: of the evaluation, of this set.

    Returns:
        A dict of `spec`, a Vega-Lite chart, and `legend`, dicts of a `name` and how it is drawn; None where
        there are not two ratios to draw.
    """
    points = []
    for means in summarize(rows):
        method, ratio = method_and_ratio(means["preset"])
        if ratio is not None and math.isfinite(means["psnr"]):
            points.append(_point(f"{method}, ours", method, ratio, means["psnr"]))
    if not points:
        return None
    lowest = min(point["psnr"] for point in points)
    for method, values in {**figures(dataset), **other_figures(dataset)}.items():
        points += [_point(f"{method}, published", method, *pair) for pair in values.items()]
    ratios = sorted({point["ratio"] for point in points})
    if len(ratios) < 2:
        return None
    low = max(min(point["psnr"] for point in points), lowest - BELOW)
    high = max(point["psnr"] for point in points)
    domain = [math.floor(low) - 1, math.ceil(high) + 1]
    legend = _lines(points, methods_of(rows))
    names = [entry["name"] for entry in legend]
    colour, dash = ([entry[style] for entry in legend] for style in ("colour", "dash"))
    axis = alt.Axis(
        values=ratios, grid=False, labelExpr="datum.value", labelOverlap="greedy", labelSeparation=5
    )
    lines = (
        alt.Chart(alt.Data(values=points))
        .mark_line(clip=True)
        .encode(
            x=alt.X("ratio:Q", title="CS ratio (%)", axis=axis).scale(
                type="log", domain=[ratios[0] * 0.9, ratios[-1] * 1.1], nice=False
            ),
            y=alt.Y("psnr:Q", title="PSNR (dB)").scale(domain=domain, zero=False, nice=False),
            color=_encoded(alt.Color, "line", names, colour),
            strokeDash=_encoded(alt.StrokeDash, "line", names, dash),
            strokeWidth=alt.condition("datum.ours", alt.value(2.8), alt.value(1.4)),
            opacity=alt.condition("chosen == '' || datum.line == chosen", alt.value(1), alt.value(0.1)),
        )
    )
    dots = lines.mark_point(filled=True, clip=True).encode(
        strokeDash=alt.value([1, 0]),
        size=alt.condition("datum.ours", alt.value(80), alt.value(28)),
        tooltip=[
            alt.Tooltip("line:N", title="method"),
            alt.Tooltip("ratio:Q", title="CS ratio (%)"),
            alt.Tooltip("psnr:Q", title="PSNR (dB)", format=".2f"),
        ],
    )
    chart = (lines + dots).add_params(alt.param(name="chosen", value="")).properties(height=400)
    return {"spec": _finished(alt, chart), "legend": legend}


def image_chart(alt, rows):
    """A dot for each image and method: its PSNR, or the difference to that of a method.

    The page sets its parameters `baseline`, a method or `""`, and `ratio`, or null.

    Args:
        alt: the module Altair.
        rows: of the evaluation, of one set.

    Returns:
        As `ratio_chart`.
    """
    methods = methods_of(rows)
    values = []
    for row in rows:
        method, ratio = method_and_ratio(row["preset"])
        if math.isfinite(row["psnr"]):
            ssim = row["ssim"] if math.isfinite(row["ssim"]) else None
            values.append(
                {"image": row["image"], "method": method, "of": ratio, "psnr": row["psnr"], "ssim": ssim}
            )
    x = alt.X("value:Q", title=None).scale(zero=False, padding=10).axis(orient="top", tickCount=6)
    legend = [{"name": method, **_style(index)} for index, method in enumerate(methods)]
    colour, shape = ([entry[style] for entry in legend] for style in ("colour", "shape"))
    dots = (
        alt.Chart(alt.Data(values=values))
        .transform_filter("ratio == null || datum.of == null || datum.of == ratio")
        .transform_calculate(base="datum.method == baseline ? datum.psnr : null")
        .transform_joinaggregate(reference="max(base)", groupby=["image"])
        .transform_filter("baseline == '' || isValid(datum.reference)")
        .transform_calculate(value="baseline == '' ? datum.psnr : datum.psnr - datum.reference")
        .mark_point(filled=True, size=56, opacity=0.9)
        .encode(
            x=x,
            y=alt.Y("image:N", title=None)
            .sort(alt.EncodingSortField("psnr", op="mean", order="descending"))
            .axis(labelLimit={"expr": "width < 400 ? 90 : 220"}, grid=True, ticks=False, domain=False),
            color=_encoded(alt.Color, "method", methods, colour),
            shape=_encoded(alt.Shape, "method", methods, shape),
            tooltip=[
                # Under the title "image" Vega would show it as one.
                alt.Tooltip("image:N", title="file"),
                "method:N",
                alt.Tooltip("of:Q", title="CS ratio (%)"),
                alt.Tooltip("psnr:Q", title="PSNR (dB)", format=".2f"),
                alt.Tooltip("ssim:Q", title="SSIM", format=".4f"),
            ],
        )
    )
    zero = (
        alt.Chart(alt.Data(values=[{"value": 0}]))
        .transform_filter("baseline != ''")
        .mark_rule(color="currentColor", opacity=0.5)
        .encode(x=x)
    )
    parameters = [alt.param(name="baseline", value=""), alt.param(name="ratio", value=None)]
    chart = alt.layer(zero, dots).add_params(*parameters).properties(height=alt.Step(19))
    return {"spec": _finished(alt, chart), "legend": legend}


def script(alt):
    """Altair's script as text, which gives a page the function `vegaEmbed`."""
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)


def _point(line, method, ratio, psnr):
    ours = line.endswith(", ours")
    return {"line": line, "method": method, "ours": ours, "ratio": ratio, "psnr": psnr}


def _lines(points, measured):
    """The legend of the lines through points; a method has one colour, whoever measured it."""
    others = list(dict.fromkeys(point["method"] for point in points if point["method"] not in measured))
    lines = {point["line"]: point for point in points}
    legend = []
    for line, point in lines.items():
        if point["method"] in measured:
            colour, turn = _style(measured.index(point["method"]))["colour"], 0
        else:
            turn, index = divmod(others.index(point["method"]), len(DULL))
            colour = DULL[index]
        dash = OURS if point["ours"] else DASHES[turn % len(DASHES)]
        legend.append({"name": line, "colour": colour, "dash": dash, "ours": point["ours"]})
    return legend


def _style(index):
    return {"colour": COLOURS[index % len(COLOURS)], "shape": SHAPES[index % len(SHAPES)]}


def _encoded(channel, field, domain, values):
    return channel(f"{field}:N", legend=None).scale(domain=domain, range=values)


def _finished(alt, chart):
    """As a dict, as wide as the page, in the page's colour of text."""
    text = {"labelColor": "currentColor", "titleColor": "currentColor"}
    axis = {**text, "gridColor": "currentColor", "gridOpacity": 0.13, "domainColor": "currentColor"}
    axis |= {
        "tickColor": "currentColor",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return (
        chart.properties(width="container", background="transparent", autosize=fit)
        .configure(axis=axis, view={"stroke": None}, font="system-ui, sans-serif")
        .to_dict()
    )
