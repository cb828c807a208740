"""Text in CSV files, which spreadsheets compute where it reads like a formula."""

import re

CELL = r"(^|[;|\t\r\n])"
"""Where a cell may begin: not all spreadsheets part cells at commas."""
SPACE = r"(?:[^\S\t\r\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\u2060\ufeff])*"
"""What a spreadsheet may leave out before it looks at a text."""
FORMULA = rf"(?=[\t\r]|{SPACE}[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])"
"""How a formula begins, in full-width signs too."""
PLAIN = re.compile(rf"{CELL}('*){FORMULA}")
ESCAPED = re.compile(rf"{CELL}'('*){FORMULA}")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def escaped(value):
    """A text with an apostrophe before what a spreadsheet would compute; numbers as they are.

    >>> escaped("=1+1"), escaped(" =1+1"), escaped("-0.5"), escaped("a=b"), escaped("a;=b")
    ("'=1+1", "' =1+1", '-0.5', 'a=b', "a;'=b")
    """
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        return PLAIN.sub(r"\1'\2", value)
    return value


def unescaped(text):
    """The text that `escaped` was given."""
    return ESCAPED.sub(r"\1\2", text)
