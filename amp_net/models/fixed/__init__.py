"""A trained network as a fixed function: at one CS ratio, for one Φ, in another dtype.

Here belongs what senses and rebuilds with weights that stay as they are. Nothing here is trained or
saved.
"""
