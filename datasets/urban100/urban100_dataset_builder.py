"""Urban100."""

from amp_net.datasets.photographs import PhotographBuilder


class Builder(PhotographBuilder):
    """Urban100: see README.md beside this file."""
