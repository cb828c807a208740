"""How the shipped presets are made: the plan, the commands that train and release, and why the recipe is so.

What the presets reach is measured in `paper`.
"""
