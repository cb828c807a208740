"""Message passing with denoisers: the iteration of D-AMP, and a file for each denoiser."""
