"""What a user hands to a network: a CS ratio, images, measurements, a sensing matrix; and their checks.

Here belongs what holds for every network. The fields of single networks are checked in `models.fields`.
"""
