"""Names of files as they are shown: they may hold line breaks, and signs that a terminal obeys."""


def printable(name):
    """A name with `\\n`, `\\x1b` and so on in the place of each character that is not to be printed.

    >>> printable("a photograph\\x1b[2J.png")
    'a photograph\\\\x1b[2J.png'
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(name))
