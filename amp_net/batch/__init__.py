"""Many files: which ones, what is made of each, one after the other or by Beam."""
