"""The networks, one a file, with their losses, metrics and presets; knows nothing of flags or data sets."""
