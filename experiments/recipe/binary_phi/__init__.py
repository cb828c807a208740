"""How the network for all ratios with a Φ of ±1 is made: its patterns, and the training that follows."""
