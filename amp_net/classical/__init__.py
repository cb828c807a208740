"""Reconstruction by any sensing operator: methods by name, and one's own.

Each method is a function of Φ and y in a file of its own, which names paper and equations. They work in
NumPy, on measurements by orthonormal rows (`Sensed`); `Classical` gives them the face of a network.
"""
