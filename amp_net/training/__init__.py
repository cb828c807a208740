"""A training in a folder of its own: settings, crops, draws, optimizers, callbacks, states, and the run."""
