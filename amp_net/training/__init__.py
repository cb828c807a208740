"""A training in a folder of its own: its settings, the run, and the state from which it goes on.

The blocks are made in `data`, the optimizer steps in `steps`. What a network learns by, and its losses,
belong to `amp_net.models`.
"""
