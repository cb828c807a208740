"""Presets measured on data sets, with the published figures: rows, tables, the report."""

__all__ = [
    "FIELDS",
    "average_psnr",
    "channels",
    "compare",
    "evaluate",
    "load_all",
    "rebuild",
    "rebuild_blocks",
    "side_by_side",
    "summarize",
]


def __getattr__(name):
    # Only when it is asked for: the published figures need no network, which takes seconds to import.
    if name in __all__:
        from amp_net.evaluation import measured

        return getattr(measured, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
