"""A short job for a machine with a GPU, JAX and PyTorch, but neither TensorFlow nor network."""
