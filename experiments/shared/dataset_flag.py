"""The flag that says which test sets to measure on, for every command that has it alike."""

from absl import flags

flags.DEFINE_list("dataset", ["set11"], "Test sets, with commas.")
