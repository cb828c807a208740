"""Trainings that show what a part of the network and a choice of its size are worth."""
