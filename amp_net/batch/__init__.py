"""Many files: which ones, how each is converted, one after the other or by Beam."""
