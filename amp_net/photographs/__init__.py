"""Photographs to train and to measure on: the known sets, and one's own.

`image_sets` reads sets through TensorFlow Datasets where that is installed; it is not imported by itself.
"""
