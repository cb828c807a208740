"""How the network for any Φ is trained: a new Φ, number of measurements and noise in every step."""
