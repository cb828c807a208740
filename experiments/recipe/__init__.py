"""The study that the training recipe comes from."""
