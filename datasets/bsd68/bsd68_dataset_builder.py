"""BSD68."""

from amp_net.datasets.photographs import PhotographBuilder


class Builder(PhotographBuilder):
    """BSD68: see README.md beside this file."""
