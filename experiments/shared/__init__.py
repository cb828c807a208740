"""What several results are made with: short trainings, linear recovery, timing, files and Markdown.

Nothing in it is a command or a result of its own.
"""
