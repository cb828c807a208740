"""A single-pixel camera's bench: patterns on mirrors, the numbers of a detector, and images of these.

An `Acquisition` says which patterns are shown and how; `detector` makes its raw numbers to y = Φ x, and
`simulation` makes such numbers of a photograph.
"""

from amp_net.bench.acquisition import SPLITS, Acquisition

__all__ = ["SPLITS", "Acquisition"]
