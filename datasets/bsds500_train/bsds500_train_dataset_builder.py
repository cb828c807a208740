"""BSDS500 train."""

from amp_net.datasets.photographs import PhotographBuilder


class Builder(PhotographBuilder):
    """BSDS500 train: see README.md beside this file."""

    SPLIT = "validation"
