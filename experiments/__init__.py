"""What makes the tables, figures and releases of this repository.

- `paper`: the paper's tables and figures
- `beyond`: what limits its networks, and networks that go further
- `recipe`: how the presets are made
- `benchmark`: speed and memory
- `peers`: methods that the paper compares with
- `accelerator`: the job for a machine with a GPU
- `shared`: what several of these are made with
- `results`: what all of them write
"""
