"""How tests start commands and trainings: forked from a process that has imported TensorFlow already."""
