"""The details of photographs that the pictures show."""

DETAILS = {"camera": (100, 190), "cat": (90, 130), "coffee": (120, 210)}
"""Top and left of each, in the samples that come with scikit-image."""
SIDE = 132
