"""Sensing as linear operators that measure whole images: Φ as it is given, not learned.

An operator cuts images into blocks, or takes a whole frame as its one block, and measures each: a dense
matrix, a separable pair, rows of the Hadamard transform. It is written in `keras.ops`, for every backend, and
knows nothing of files, networks or noise.
"""

from amp_net.operators.dense import Dense
from amp_net.operators.hadamard import Hadamard
from amp_net.operators.orthonormal import orthonormal
from amp_net.operators.separable import Separable

__all__ = ["Dense", "Hadamard", "Separable", "orthonormal"]
