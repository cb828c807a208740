"""Tables as the pages of the experiments show them."""


def table(heading, rows):
    """A Markdown table; cells are shown as `str` shows them."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)
