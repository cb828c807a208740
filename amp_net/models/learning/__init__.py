"""What Keras's `compile`, `fit` and `evaluate` do with a network: losses, metrics, the optimizer Muon.

Here belongs what a network learns by, under any backend, in a user's own script as in a training run. Where
blocks come from, and what a run writes, is in `amp_net.training`.
"""
