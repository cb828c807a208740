"""What the design of the network for all ratios rests on: variants trained for the same time."""
