"""A training in a folder of its own: settings, crops, optimizers, callbacks, states, and the run."""
