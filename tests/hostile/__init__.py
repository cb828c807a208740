"""Altered, hostile and overlarge files, and what makes them; processes with limited memory read them."""
