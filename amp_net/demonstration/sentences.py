"""Sentences of the library in the page's words: where it names a flag of a command, the page has a field."""

import re

from amp_net.evaluation.markup import markdown_text

LABELS = {
    "phi": "Φ",
    "frame": "Frame: height, width",
    "order": "Order of Hadamard patterns",
    "measurements": "Measurements, if not all",
    "split": "Split: how both signs are shown",
    "dark": "Dark counts",
    "method": "Rebuilt by",
}
"""What the page calls what `reconstruct` is told by a flag; up to a colon or comma in a sentence."""
INSTEAD = {
    "give --phi, --patterns or --preset": "drop Φ too",
    ", or a file of row numbers": "",
    "for a Φ of your own give a file of row numbers": "leave it out where Φ is your own",
}
"""What else the page has no field for."""
FLAG = re.compile(r"--(\w+)(=[A-Z]+(?:,[A-Z]+)*\b|=)?")
"""With what stands for its value, or the sign before one."""
MISTAKES = (ValueError, ModuleNotFoundError)
"""Errors whose sentences are for the user."""


def in_the_pages_words(sentence: object) -> str:
    """A sentence that names fields of the page, and of other flags that they are a command's.

    >>> print(in_the_pages_words("Give --frame=HEIGHT,WIDTH or --grid=ROWS,COLUMNS; see --split=none."))
    Give “Frame” or the command's --grid=ROWS,COLUMNS; see “Split”: none.
    """
    text = str(sentence)
    for phrase, own in INSTEAD.items():
        text = text.replace(phrase, own)
    whose = "" if "command" in text else "the command's "

    def named(found: re.Match[str]) -> str:
        if found[1] not in LABELS:
            return f"{whose}{found[0]}"
        label = re.split("[:,]", LABELS[found[1]])[0]
        return f"“{label}”{': ' if found[2] == '=' else ''}"

    return FLAG.sub(named, text)


def of_error(error: Exception) -> str:
    """What went wrong, in bold, as Markdown."""
    return f"**{markdown_text(in_the_pages_words(error))}**"
