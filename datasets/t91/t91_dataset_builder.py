"""T91."""

from amp_net.datasets.photographs import PhotographBuilder


class Builder(PhotographBuilder):
    """T91: see README.md beside this file."""

    SPLIT = "train"
