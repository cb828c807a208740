"""What makes the tables, figures and releases of this repository."""
