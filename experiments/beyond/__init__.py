"""What limits the paper's networks, and what goes beyond them: across blocks, for every ratio.

A result on the way to the shipped presets belongs in `recipe`, and speed in `benchmark`.
"""
