"""The trained networks of others that the paper compares with, one a file, under any backend of Keras.

Each senses blocks of 33×33 by a Φ that is given and kept, or that it learns, and rebuilds them from y. A file
names its paper, and what is ours where the paper does not say. Where weights are kept, `models.rival_presets`
knows.
"""
