"""The network for any Φ held against the pseudo-inverse and total variation."""
