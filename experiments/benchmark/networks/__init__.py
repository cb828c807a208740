"""The networks that ours are timed against and held to: layer by layer, of stock Keras layers, in PyTorch."""
