"""Speed and memory: reconstruction, training, batches, bfloat16, large images. Accuracy is in `paper`."""
