"""One HTML page of an evaluation: its charts, its pictures, and what a browser does with them.

Nothing here measures; rows and reconstructions come from `evaluation`.
"""
