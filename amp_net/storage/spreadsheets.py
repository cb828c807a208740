"""Text in CSV files, which spreadsheets compute where it reads like a formula."""

import re

SPACE = r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*"
"""What a spreadsheet may leave out before it looks at a text."""
FORMULA = re.compile(rf"'*(?:[\t\r]|{SPACE}[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")
"""How a formula begins, in full-width signs too; behind apostrophes, which are then one more."""
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def escaped(value):
    """A text behind an apostrophe if a spreadsheet would compute it; numbers as they are.

    >>> escaped("=1+1"), escaped(" =1+1"), escaped("-0.5"), escaped("a=b")
    ("'=1+1", "' =1+1", '-0.5', 'a=b')
    """
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unescaped(text):
    """The text that `escaped` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
