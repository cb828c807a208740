"""Pages of the whole: none is written of a part, or where something is missing."""

SHOWN = 5
"""Missing cells that are named."""


def check_whole(wanted, found, where):
    """Raises a ValueError that names what is missing.

    Args:
        wanted: keys of all cells, as tuples.
        found: what has some of them.
        where: the file that lacks them.
    """
    missing = [key for key in wanted if key not in found]
    if missing:
        named = "; ".join(", ".join(map(str, key)) for key in missing[:SHOWN])
        more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise ValueError(f"{where} lacks {len(missing)} of {len(wanted)} cells: {named}{more}.")


def is_whole(flags, **whole):
    """Whether flags have the values that make the whole result; else the page of it is not to be written.

    Args:
        flags: absl's `FLAGS`.
        whole: the value by the flag's name; a list in any order.
    """
    return all(_sorted(flags[name].value) == _sorted(value) for name, value in whole.items())


def _sorted(value):
    return sorted(value) if isinstance(value, list | tuple) else value
