"""The networks, one a file, and their presets.

What a network learns by is in `learning`; what users hand to it, and how that is checked, is in `inputs`.
Flags, data sets and the course of a training do not belong here.
"""
