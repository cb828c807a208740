"""Presets measured on data sets, beside the published figures: rows, tables, the report."""

from amp_net.evaluation.compare import (
    FIELDS,
    average_psnr,
    beside,
    channels,
    compare,
    evaluate,
    rebuild,
    summarize,
)

__all__ = [
    "FIELDS",
    "average_psnr",
    "beside",
    "channels",
    "compare",
    "evaluate",
    "rebuild",
    "summarize",
]
