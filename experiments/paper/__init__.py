"""The paper's tables and figures, measured and drawn again, and the tables of README and docs."""
