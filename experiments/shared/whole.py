"""Pages of the whole: none is written of a part, or where something is missing."""

from amp_net.storage.disk import files

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
        count = f"{len(missing)} of {len(wanted)} cells"
        raise ValueError(f"{where} lacks {count}: {named}{more}. The page is not written.")


def check_cells(lines, columns, where):
    """`check_whole` of a table: each of its lines has all columns.

    Args:
        lines: dicts of column to cell, by the line's key, a tuple.
        columns: all of them.
        where: the file that the cells are from.
    """
    columns = list(columns)
    wanted = [(*line, column) for line in lines for column in columns]
    check_whole(wanted, {(*line, column) for line, found in lines.items() for column in found}, where)


def by_default(flags, *names):
    """Whether flags have their defaults, with which a command makes the whole result; lists in any order."""
    return all(_sorted(flags[name].value) == _sorted(flags[name].default) for name in names)


def write_page(path, text, whole):
    """Writes a page, unless it is of a part, and shows it.

    Args:
        path: of the page.
        text: Markdown.
        whole: whether it is the whole result.
    """
    if whole:
        files.write(path, text)
    else:
        print(f"{path.name} is left as it is, since this is a part of what it shows.\n")
    print(text)


def _sorted(value):
    return sorted(value) if isinstance(value, list) else value
