"""Methods that the paper compares with, measured with their published weights."""
