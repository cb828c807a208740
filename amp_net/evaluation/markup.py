"""Names in Markdown and LaTeX: whatever they hold, they are shown as they are."""

import re
import string

from amp_net.storage.printable import printable

PLAIN = re.compile(r"[^\W_](?:[\w -]*[^\W_])?")
"""A name in which Markdown finds nothing: no sign of its own, and no address to make a link of."""
LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    # A row that begins with these would be taken for what belongs to the end of the row above.
    **{sign: f"{{{sign}}}" for sign in "[]*"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
}


def markdown(name):
    r"""A name for a cell of a Markdown table; as code, in which there are no links, unless it is plain.

    >>> print(markdown("amp_net_cs25"), markdown("https://a.b|c"))
    amp_net_cs25 `https://a.b\|c`
    """
    text = printable(name)
    if PLAIN.fullmatch(text):
        return text
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if "`" in text or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def markdown_text(text: object) -> str:
    r"""A sentence with names in it, for a Markdown page; all of its signs are shown as they are.

    >>> print(markdown_text("*a* is empty"))
    &#42;a&#42; is empty
    """
    return "".join(f"&#{ord(sign)};" if sign in string.punctuation else sign for sign in printable(text))


def latex(name):
    """A name for LaTeX's text."""
    return "".join(LATEX.get(sign, sign) for sign in printable(name))
