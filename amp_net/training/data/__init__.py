"""From photographs to batches: held-out photographs, crops, their order and augmentation, their components.

Nothing here knows of networks or of a run's folder.
"""
