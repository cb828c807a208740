"""Set11."""

from amp_net.datasets.photographs import PhotographBuilder


class Builder(PhotographBuilder):
    """Set11: see README.md beside this file."""
