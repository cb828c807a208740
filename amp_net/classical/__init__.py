"""Reconstruction without anything trained: AMP for any sensing matrix (Algorithm 1)."""
