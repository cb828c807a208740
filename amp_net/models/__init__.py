"""One network a file, each with the same face; knows of no files but its presets, and of no flags."""
