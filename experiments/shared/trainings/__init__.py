"""Trainings of experiments: photographs, a course of so many minutes, and short ones to compare variants."""
