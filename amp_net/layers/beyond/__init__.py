"""Layers of our own, beyond the paper: for whole images, and for every CS ratio.

Here belong CNNs that see across the blocks of an image, and a Φ whose first rows are a sensing matrix of
their own. What the paper defines does not.
"""
