"""Checks that `jisi eval` decides every row of a family as the slow oracle does; `python -m tests.oracle FOLDER`."""
