"""The photographs of the paper's experiments as TensorFlow Datasets, one builder a folder."""
