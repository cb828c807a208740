"""The orthonormal transforms that methods compute with: rows in the place of Φ's, cosines, wavelets."""
