"""Image files before they are decoded: limits, what each format says of itself, and whether to believe it."""
